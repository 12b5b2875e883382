import asyncio
from pathlib import Path

import pytest
import streamlit as st
from starlette.responses import FileResponse, PlainTextResponse

from vae.ui import head

STATIC = Path(st.__file__).parent / "static"
INDEX = STATIC / "index.html"
BROWSER = {
    "accept": "text/html,*/*",
    "accept-encoding": "gzip",
    "if-none-match": '"an older one"',
    "if-modified-since": "Wed, 01 Jan 2031 00:00:00 GMT",
}


def answer(app, headers, method="GET"):
    """Status, headers and body of what a server of `app` behind Head answers."""
    sent = []
    scope = {
        "type": "http",
        "asgi": {"spec_version": "2.4"},
        "method": method,
        "path": "/train",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message)

    asyncio.run(head.Head(app)(scope, receive, send))
    start, *rest = sent
    named = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], named, b"".join(message.get("body", b"") for message in rest)


def test_a_page_gets_our_title_and_script_in_its_head_and_our_style_after_streamlits():
    status, headers, body = answer(FileResponse(INDEX), BROWSER)
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
    _, headers, _ = answer(FileResponse(INDEX), BROWSER)
    assert not {"etag", "last-modified"} & set(headers)

    async def asked(scope, receive, send):
        seen.update(name.decode() for name, _ in scope["headers"])
        await PlainTextResponse("")(scope, receive, send)

    seen = set()
    answer(asked, BROWSER)
    assert seen == {"accept"}


@pytest.mark.parametrize("headers", [{"accept": "*/*"}, {}])
def test_what_is_not_asked_for_as_a_page_passes_as_it_is(headers):
    _, named, body = answer(FileResponse(INDEX), headers)
    assert body == INDEX.read_bytes()
    assert "etag" in named


def test_an_answer_that_is_no_page_passes_as_it_is():
    assert answer(PlainTextResponse("</head>"), BROWSER)[2] == b"</head>"
    status, _, body = answer(PlainTextResponse("no", 404, media_type="text/html"), BROWSER)
    assert (status, body) == (404, b"no")


def test_the_head_calls_for_the_chunk_of_plotly_that_streamlit_has():
    (chunk,) = (STATIC / "static" / "js").glob("PlotlyChart.*.js")
    words = head.head()
    assert f'rel="modulepreload" crossorigin href="./static/js/{chunk.name}"' in words
    assert f'const CHUNKS = ["./static/js/{chunk.name}"' in words


def test_without_those_chunks_the_head_calls_for_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(head.st, "__file__", str(tmp_path / "__init__.py"))
    assert "modulepreload" not in head.head()
    assert "const CHUNKS = [];" in head.head()
