import base64
import io
import json
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.conftest import MADE
from vae.inference import posterior
from vae.store.card import CARD, ReferencePercentiles
from vae.ui import given, pad, your_digit

USUAL = {
    "log_likelihood": [-900.0 + 9 * i for i in range(101)],
    "similarity": [i / 100 for i in range(101)],
}
pytestmark = pytest.mark.usefixtures("fresh_caches")


@pytest.fixture
def told(monkeypatch):
    """What the page tells the guest, run by run: its own message and the digit's."""
    told, own = [], {}
    mount, carry = your_digit.guest, your_digit.courier

    def wiretap(data, **options):
        own.update(data)
        return mount(data=data, **options)

    def wiretapped(data, **options):
        if options.get("kind") == "digit":
            told.append(own | data)
        return carry(data=data, **options)

    monkeypatch.setattr(your_digit, "guest", wiretap)
    monkeypatch.setattr(your_digit, "courier", wiretapped)
    return told


def page():
    """A script that shows the page alone; the app's own navigation is the browser tests'."""
    from vae.ui import your_digit

    your_digit.page(None)


@pytest.fixture
def visit(weights):
    """The page as a new visitor finds it."""

    def visit():
        found = AppTest.from_function(page, default_timeout=60).run()
        assert not found.exception, found.exception
        return found

    return visit


def picture_file(digit, kind="PNG"):
    """A small drawing as a file: an upright bar, or for 0 a ring."""
    pixels = np.full((120, 100), 255, np.uint8)
    pixels[20:100, 40:60] = 0
    if digit == 0:
        pixels[35:85, 46:54] = 255
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, kind)
    return made.getvalue()


def upload(visitor, name, content, kind="image/png"):
    visitor.get("file_uploader")[0].set_value((name, content, kind)).run()
    assert not visitor.exception, visitor.exception
    return visitor


def test_a_newcomer_meets_an_example_with_all_that_is_known_about_it(visit, told):
    visitor = visit()
    assert not visitor.error
    data = told[-1]
    assert data["target"] in data["homes"]
    assert len(base64.b64decode(data["seen"])) == 784
    assert len(base64.b64decode(data["relief"])) == 101 * 101
    assert data["reading"]
    assert [name for name, _ in data["steps"]][-1] == "As the machine sees it"
    json.dumps(data)  # it can be sent


def test_an_upload_takes_the_place_of_the_digit_before(visit, told):
    visitor = visit()
    first = told[-1]
    upload(visitor, "one.png", picture_file(1))
    assert told[-1]["id"] != first["id"]
    assert told[-1]["seen"] != first["seen"]
    assert not visitor.error


@pytest.mark.parametrize(
    "content", [b"", b"not a picture", picture_file(1)[:60], b"<svg></svg>", b"%PDF-1.7"]
)
def test_a_bad_file_is_a_sentence_and_the_digit_before_stays(visit, told, content):
    visitor = visit()
    upload(visitor, "one.png", picture_file(1))
    before = told[-1]
    upload(visitor, "two.png", content)
    (error,) = visitor.error
    assert error.value.endswith(".")
    assert "Traceback" not in error.value
    assert told[-1]["seen"] == before["seen"]
    upload(visitor, "three.png", picture_file(0))
    assert not visitor.error


def test_an_animation_is_read_and_said_to_be_one(visit, told):
    made = io.BytesIO()
    frames = [Image.open(io.BytesIO(picture_file(digit))) for digit in (1, 0)]
    frames[0].save(made, "GIF", save_all=True, append_images=frames[1:])
    visitor = upload(visit(), "moving.gif", made.getvalue(), "image/gif")
    (note,) = visitor.info
    assert "first" in note.value


def test_what_a_visitor_gives_is_in_no_cache_and_on_no_disk(visit, told, tmp_path, monkeypatch):
    read = []
    prepare = given.digits.prepare
    monkeypatch.setattr(given.digits, "prepare", lambda data: read.append(data) or prepare(data))
    written = set(tmp_path.rglob("*"))
    for _ in range(2):  # the second visitor's is read anew
        upload(visit(), "one.png", picture_file(1))
    assert read.count(picture_file(1)) == 2
    assert set(tmp_path.rglob("*")) == written


def test_the_pad_s_trigger_is_believed_only_if_it_is_one(visit, told):
    class State(dict):
        __getattr__, __setattr__ = dict.__getitem__, dict.__setitem__

    drawing = base64.b64encode(picture_file(1)).decode()
    for trigger, read in [
        ({"png": drawing}, True),
        ({"example": 3}, True),
        ({"example": 10}, False),
        ({"png": "***"}, False),
        ({"png": 7}, False),
        ({"example": 3.0}, False),
        ({"example": True}, False),
        ({}, False),
        ("png", False),
        (None, False),
    ]:
        state = State(pad={"given": trigger})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(given.st, "session_state", state)
            given._from_pad()
        assert ("given" in state) == read, trigger


def test_every_example_is_read_without_a_note():
    assert len(pad.EXAMPLES) == 10
    for example in pad.EXAMPLES:
        assert given.digits.prepare(example).note == ""


# Words


def test_a_split_reading_is_no_verdict_and_names_both():
    assert (
        your_digit._reading([(4, 0.58), (9, 0.4), (7, 0.02)])
        == "Like a 4 (58%), or else a 9 (40%)."
    )
    assert your_digit._reading([(4, 0.95), (9, 0.05)]) == "It looks like a 4. If not, a 9."
    assert "nothing else" in your_digit._reading([(4, 1.0)])
    assert your_digit._reading([(8, 0.9), (3, 0.1)]) == "It looks like an 8. If not, a 3."


class Folder:
    card = SimpleNamespace(reference_percentiles=ReferencePercentiles(**USUAL))


def found(log_likelihood, hills=()):
    nothing = np.zeros((1, 2))
    return posterior.Posterior(
        log_likelihood, nothing[0], nothing, np.ones(1), list(hills), nothing
    )


def test_what_is_less_likely_than_nearly_all_real_digits_is_called_strange():
    assert "unlike anything" in your_digit._odd(Folder(), found(-899.0))
    assert your_digit._odd(Folder(), found(-500.0)) == ""


def test_two_hills_are_told_and_one_is_not_worth_a_word():
    hills = [posterior.Mode((0, 0), 0.7), posterior.Mode((1, 1), 0.3)]
    assert (
        your_digit._where(hills)
        == "It could live in 2 places on the map (70%, 30%): they all glow."
    )
    assert your_digit._where(hills[:1]) == ""


def test_the_model_s_percentiles_give_the_redraw_its_rank(visit, weights, told):
    path = weights / MADE / CARD
    path.write_text(json.dumps(json.loads(path.read_text()) | {"reference_percentiles": USUAL}))
    visit()
    answer = told[-1]
    seen, redraw = (
        np.frombuffer(base64.b64decode(answer[key]), np.uint8) / 255 for key in ("seen", "redraw")
    )
    alike = 1 - np.abs(seen - redraw).sum() / (seen + redraw).sum()  # which is its own percentile
    share = int(answer["likeness"].split("%")[0].split()[-1]) / 100
    assert share == pytest.approx(alike, abs=0.01)


def test_until_another_is_picked_a_digit_turns_into_its_runner_up(visit, told):
    visitor = visit()
    _, (second, _), *_ = told[-1]["shares"]
    assert told[-1]["target"] == second
    assert not visitor.exception


def test_another_model_answers_anew_about_the_same_digit(visit, weights, told, monkeypatch):
    import shutil

    copy = weights / "other"
    shutil.copytree(weights / MADE, copy)
    path = copy / CARD
    path.write_text(json.dumps(json.loads(path.read_text()) | {"seed": 99}))
    visitor = visit()
    first = told[-1]
    (choice,) = visitor.selectbox
    choice.set_value("small" if choice.value == "other" else "other").run()
    assert not visitor.exception
    assert told[-1]["version"] != first["version"]
    assert told[-1]["id"] != first["id"]
    assert told[-1]["seen"] == first["seen"]
