import pytest

import vae
from tests.support import browser
from tests.support.server import streamlit
from tests.support.visitor import Visitor


@pytest.fixture(scope="session")
def address():
    """The address of a running app with the shipped models."""
    with streamlit() as server:
        yield server.url


@pytest.fixture
def visit(chromium, address):
    """Open the page as a new visitor; `visit(query, **context options)` gives a Visitor."""
    contexts = []

    def visit(query="", ready=True, **options):
        context = chromium.new_context(**{"viewport": browser.WINDOW, **options})
        contexts.append(context)
        visitor = Visitor(context.new_page(), f"{address}/{query}")
        if ready:
            visitor.ready()
        return visitor

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def model():
    """The shipped model, read by LiteRT."""
    return vae.load("explorer")
