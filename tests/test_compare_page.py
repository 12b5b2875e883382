"""docs/compare.md says what the cards of the shipped models say."""

import pytest

from tests.bench.compare import PAGE, PAIRS, page
from tests.test_cli import run
from vae.store.folder import read_model


@pytest.fixture(autouse=True)
def shipped(monkeypatch):
    monkeypatch.delenv("VAE_WEIGHTS", raising=False)


def test_it_is_what_the_cards_say_today():
    assert PAGE.read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("names", PAIRS.values(), ids=" ".join)
def test_it_says_of_a_pair_what_the_command_line_says(names):
    code, out, _ = run("compare", *names)
    assert code == 0
    text = PAGE.read_text(encoding="utf-8")
    sentences = [line.strip() for line in out.partition("does better:")[2].splitlines()[1:]]
    sentences = [line for line in sentences if line and not line.startswith(("What", "But"))]
    assert len(sentences) > 5
    assert all(f"\n- {sentence}\n" in text for sentence in sentences)


def test_hardly_a_random_draw_is_like_no_digit():
    names = {name for pair in PAIRS.values() for name in pair}
    assert all(read_model(name).card.metrics["holes_prior"] < 0.01 for name in names)
