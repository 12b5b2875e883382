"""What goes ahead of every page, in Streamlit's own HTML: its title, its style, and a script.

There it is at hand when Streamlit starts; sent as an element it would come a quarter of a second
later, and the map's library with it.
"""

import json
from pathlib import Path

import streamlit as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HERE = Path(__file__).parent
_WORDS = """<title>Latent explorer</title>
<meta name="description" content="A map of handwriting, drawn by a machine: walk over it and watch
 it imagine a digit at every place.">"""
# Parts of Streamlit's front end that the map needs, and that would be fetched when it arrives.
_CHUNKS = (
    "PlotlyChart",
    "BidiComponent",
    "serialization",
    "recordbatch",
    "withFullScreenWrapper",
    "printWidthCap",
    "resolveDefaultExport",
    "_arrayReduce",
)
_NO_PAGES = ("/static/", "/media/", "/component/", "/_stcore/")  # below whatever base path
# What a request asks of an answer that we do not give as it comes: half of it, packed, or none.
_DROPPED = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
_KEPT_OUT = (b"content-length", b"etag", b"last-modified")


class Head:
    """ASGI middleware that puts it there."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.head, self.style = head().encode(), style().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; one for a page with our words in it."""
        if scope["type"] != "http" or not _is_for_page(scope):
            await self.app(scope, receive, send)
            return
        asked = [(name, value) for name, value in scope["headers"] if name not in _DROPPED]
        start: Message | None = None
        body = b""

        async def put_in(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_html(message):
                start = message
            elif start is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    page = self._completed(body)
                    await send(_resized(start, len(page)))
                    await send({"type": "http.response.body", "body": page})

        await self.app({**scope, "headers": asked, "extensions": {}}, receive, put_in)

    def _completed(self, page: bytes) -> bytes:
        page = page.replace(b"<title>Streamlit</title>", b"", 1)
        page = page.replace(b"</head>", self.head + b"</head>", 1)
        return page.replace(b"</body>", self.style + b"</body>", 1)


def style() -> str:
    """The style, for the end of the body: Streamlit's own goes to the head, and the last wins."""
    return f"<style>{(_HERE / 'page.css').read_text(encoding='utf-8')}</style>"


def head() -> str:
    """Title and script, for the head; the latter fetches the map's library."""
    scripts = Path(st.__file__).parent / "static" / "static" / "js"
    found = [path.name for name in _CHUNKS for path in scripts.glob(f"{name}.*.js")]
    preloads = (f'<link rel="modulepreload" crossorigin href="./static/js/{n}">' for n in found)
    urls = json.dumps([f"./static/js/{name}" for name in found])
    script = f"const CHUNKS = {urls};\n{(_HERE / 'head.js').read_text(encoding='utf-8')}"
    return f'{_WORDS}{"".join(preloads)}<script type="module">{script}</script>'


def _is_for_page(scope: Scope) -> bool:
    return scope["method"] == "GET" and not any(path in scope["path"] for path in _NO_PAGES)


def _is_html(start: Message) -> bool:
    kind = dict(start["headers"]).get(b"content-type", b"")
    return start["status"] == 200 and kind.startswith(b"text/html")


def _resized(start: Message, length: int) -> Message:
    headers = [(name, value) for name, value in start["headers"] if name not in _KEPT_OUT]
    return {**start, "headers": [*headers, (b"content-length", str(length).encode())]}
