from pathlib import Path

import pytest
import streamlit as st
from starlette.responses import FileResponse, PlainTextResponse

from tests.conftest import run_alone
from vae.ui import head

STATIC = Path(st.__file__).parent / "static"
INDEX = STATIC / "index.html"
BROWSER = {
    "accept": "text/html,*/*",
    "accept-encoding": "gzip",
    "range": "bytes=0-9",
    "if-none-match": '"an older one"',
    "if-modified-since": "Wed, 01 Jan 2031 00:00:00 GMT",
}


def answer(app, path="/train", method="GET", headers=BROWSER):
    """Status, headers and body of what a server of `app` behind Head answers."""
    sent = []
    scope = {
        "type": "http",
        "asgi": {"spec_version": "2.4"},
        "method": method,
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message)

    run_alone(head.Head(app)(scope, receive, send))
    start, *rest = sent
    named = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], named, b"".join(message.get("body", b"") for message in rest)


def test_a_page_gets_our_title_and_script_in_its_head_and_our_style_after_streamlits():
    status, headers, body = answer(FileResponse(INDEX))
    page = body.decode()
    assert status == 200
    assert headers["content-length"] == str(len(body))
    in_head = page[: page.index("</head>")]
    assert in_head.count("<title>") == 1
    assert "<title>Latent explorer</title>" in in_head
    assert head.head() in in_head
    assert page.endswith(f"{head.style()}</body>\n</html>\n")
    without = page.replace(head.head(), "").replace(head.style(), "")
    assert without == INDEX.read_text(encoding="utf-8").replace("<title>Streamlit</title>", "")


def test_a_page_cannot_be_mistaken_for_one_kept_from_before():
    _, headers, _ = answer(FileResponse(INDEX))
    assert not {"etag", "last-modified"} & set(headers)

    async def asked(scope, receive, send):
        seen.update(name.decode() for name, _ in scope["headers"])
        await PlainTextResponse("")(scope, receive, send)

    seen = set()
    answer(asked)
    assert seen == {"accept"}


def test_every_reader_of_links_gets_the_page():
    for headers in ({"accept": "*/*"}, {}):
        assert b"<title>Latent explorer</title>" in answer(FileResponse(INDEX), headers=headers)[2]


@pytest.mark.parametrize("path", ["/static/index.html", "/base/media/it.html", "/_stcore/health"])
def test_what_is_no_page_passes_as_it_is(path):
    _, named, body = answer(FileResponse(INDEX), path, headers={})
    assert body == INDEX.read_bytes()
    assert "etag" in named


def test_a_look_at_the_headers_alone_passes_as_it_is():
    status, _, body = answer(FileResponse(INDEX), method="HEAD", headers={})
    assert (status, body) == (200, b"")


def test_an_answer_that_is_no_page_passes_as_it_is():
    assert answer(PlainTextResponse("</head>"))[2] == b"</head>"
    status, _, body = answer(PlainTextResponse("no", 404, media_type="text/html"))
    assert (status, body) == (404, b"no")


def test_the_head_calls_for_the_chunks_that_streamlit_has():
    words = head.head()
    for name in head._CHUNKS:
        (chunk,) = (STATIC / "static" / "js").glob(f"{name}.*.js")
        assert f'rel="modulepreload" crossorigin href="./static/js/{chunk.name}"' in words
        assert f'"./static/js/{chunk.name}"' in words[words.index("const CHUNKS = [") :]


def test_without_those_chunks_the_head_calls_for_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(head.st, "__file__", str(tmp_path / "__init__.py"))
    assert "modulepreload" not in head.head()
    assert "const CHUNKS = [];" in head.head()
