from pathlib import Path

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from vae.ui import head

APP = Path(__file__).resolve().parent.parent / "app.py"
SCRIPTS = Path(streamlit.__file__).parent / "static" / "static" / "js"


@pytest.mark.usefixtures("weights")
def test_the_head_goes_out_before_everything_else():
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    assert "<style>" in page.main[0].proto.body


def test_the_head_calls_for_the_chunk_of_plotly_that_streamlit_has():
    (chunk,) = SCRIPTS.glob("PlotlyChart.*.js")
    assert f"import('./static/js/{chunk.name}')" in head._library()


def test_without_that_chunk_the_head_is_the_style_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(head.st, "__file__", str(tmp_path / "__init__.py"))
    assert head._library() == ""
