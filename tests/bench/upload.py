"""From a file to the full answer on the page Your digit."""

from collections.abc import Iterator

import numpy as np
from playwright.sync_api import Page

from tests.photos import photograph
from vae.ui.pad import EXAMPLES

from . import visit
from .figure import Figure
from .server import ROOT, chromium, streamlit

FILES = 30
BARE = ROOT / "tests" / "bench" / "apps" / "upload.py"
NOTE_THE_CHOICE = """document.addEventListener("change", (event) => {
  if (event.target.type === "file") window.chosen = performance.now();
}, true);"""
SHOWN = """() => {
  window.guest ??= [...document.querySelectorAll("*")].map((element) => element.shadowRoot)
    .map((root) => root?.querySelector(".guest")).find(Boolean);
  return window.guest?.dataset.shown;
}"""
TEXT = "() => document.querySelector('[data-testid=stText]')?.innerText"
UNTIL_ANOTHER = """before => new Promise((resolve, reject) => {
  const state = %s;
  const begun = performance.now();
  const look = () => state() !== before ? resolve(performance.now() - window.chosen)
    : performance.now() - begun > 10000 ? reject(new Error("no answer in 10 s"))
    : requestAnimationFrame(look);
  look();
})"""


def measure() -> Iterator[Figure]:
    """The figure of an upload, beside the smallest Streamlit app that takes one, file by file."""
    files = [*EXAMPLES, *_photographs(FILES - len(EXAMPLES))]
    with streamlit() as server, streamlit(BARE) as bare, chromium() as browser:
        page = _open(browser, f"{server.url}/your-digit", SHOWN)
        other = _open(browser, bare.url, TEXT)
        answers, references = [], []
        for i, content in enumerate(files):
            answers.append(_upload(page, SHOWN, content))
            references.append(_upload(other, TEXT, content + bytes(i)))
    yield Figure(
        f"{len(files)} uploads: file to full answer",
        "ms",
        answers,
        most=400,
        quantile=0.95,
        reference="an uploader and a line of text",
        reference_values=references,
    )


def _photographs(count: int) -> list[bytes]:
    """Telephone-like photographs of what the examples show."""
    from vae.preprocessing.digit import prepare

    rng = np.random.default_rng(0)
    digits = [np.round(prepare(example).image * 255).astype(np.uint8) for example in EXAMPLES]
    return [photograph(digits[i % len(digits)], rng) for i in range(count)]


def _open(browser, url: str, state: str) -> Page:
    page = browser.new_context(viewport=visit.WINDOW).new_page()
    page.add_init_script(NOTE_THE_CHOICE)
    page.goto(url)
    page.wait_for_function(state)
    page.wait_for_timeout(3000)
    return page


def _upload(page: Page, state: str, content: bytes) -> float:
    before = page.evaluate(state)
    file = {"name": "digit.jpg", "mimeType": "image/jpeg", "buffer": content}
    page.locator("input[type=file]").set_input_files(file)
    milliseconds = page.evaluate(UNTIL_ANOTHER % state, before)
    page.wait_for_timeout(700)
    return milliseconds
