"""ES modules in a real browser: a small static server and a page that imports from it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

BLANK = b"<!doctype html><title>modules</title>"
CALL = """async ([address, argument]) => {
  const module = await import(new URL(address, document.baseURI));
  return await (%s)(module, argument);
}"""


class _Handler(SimpleHTTPRequestHandler):
    """Serves files, and an empty page at `/`."""

    def do_GET(self):
        if self.path != "/":
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(BLANK)))
        self.end_headers()
        self.wfile.write(BLANK)
        return None

    def log_message(self, *arguments):
        pass


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve the files of `folder` until the block ends; yields the address of an empty page."""
    server = ThreadingHTTPServer(("localhost", 0), partial(_Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def import_module(page: Page, address: str) -> Callable[..., Any]:
    """Return `call(function, argument=None)` for a fresh module at `address`, relative to the page.

    `function` is JavaScript source that takes the module and the argument, such as
    `"({ blend }, place) => blend(place)"`. Its result, awaited, comes back as Python values;
    what it throws comes back as playwright's Error.
    """

    page.reload()  # forgets the state of modules that were imported before

    def call(function: str, argument: Any = None) -> Any:
        return page.evaluate(CALL % function, [address, argument])

    return call
