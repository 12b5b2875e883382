import re
import urllib.request
from pathlib import Path

import pytest
import streamlit as st

from tests.support import server

STATIC = Path(st.__file__).parent / "static" / "static"


@pytest.fixture(scope="module")
def address():
    with server.streamlit() as running:
        yield running.url


def fetched(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return answer.headers, answer.read()


def test_a_script_of_streamlits_comes_whole_and_with_a_label_that_no_stream_is_made_of(address):
    (path,) = (STATIC / "js").glob("PlotlyChart.*.js")
    headers, body = fetched(f"{address}/static/js/{path.name}")
    assert body == path.read_bytes()
    assert headers["content-type"] == "text/javascript; charset=iso-8859-2"
    assert int(headers["content-length"]) == len(body)
    assert "immutable" in headers["cache-control"]


def test_part_of_a_script_is_labelled_too(address):
    (path,) = (STATIC / "js").glob("PlotlyChart.*.js")
    headers, body = fetched(f"{address}/static/js/{path.name}", range="bytes=2-5")
    assert body == path.read_bytes()[2:6]
    assert headers["content-type"].startswith("text/javascript")


def test_a_style_and_a_page_keep_their_own_labels(address):
    (path,) = (STATIC / "css").glob("index.*.css")
    assert fetched(f"{address}/static/css/{path.name}")[0]["content-type"].startswith("text/css")
    assert fetched(f"{address}/train")[0]["content-type"] == "text/html; charset=utf-8"


def test_streamlits_page_loads_scripts_as_modules_alone():
    page = (STATIC.parent / "index.html").read_text(encoding="utf-8")
    fetched = re.findall(r"<script[^>]* src=[^>]*>", page)
    assert len(fetched) == 1
    assert 'type="module"' in fetched[0]
