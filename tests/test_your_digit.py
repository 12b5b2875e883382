import base64
import io
import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

import vae
from tests.conftest import MADE
from vae.inference.posterior import Mode
from vae.preprocessing.picture import MOST_JPEG_BYTES
from vae.store import card
from vae.ui import digit_input, reading_text
from vae.ui.pages import your_digit

pytestmark = pytest.mark.usefixtures("fresh_caches")


@pytest.fixture
def sent(monkeypatch):
    """What the page sends to the browser, run by run."""
    sent = []
    mount = your_digit.digit_component

    def record(data, **options):
        sent.append(data)
        return mount(data, **options)

    monkeypatch.setattr(your_digit, "digit_component", record)
    return sent


def page():
    """A script that shows the page alone; the app's own navigation is the browser tests'."""
    from vae.ui.pages import your_digit

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


def test_a_newcomer_meets_an_example_with_all_that_is_known_about_it(visit, sent):
    visitor = visit()
    assert not visitor.error
    data, answer = sent[-1], sent[-1]["digit"]
    assert answer["target"] in data["centers"]
    assert len(base64.b64decode(answer["seen"])) == 784
    assert len(base64.b64decode(answer["glow"])) == 101 * 101
    assert answer["sentence"]
    assert answer["steps"][-1]["name"] == "As the machine sees it"
    assert not data["withheld"]
    json.dumps(data)  # it can be sent


def test_an_upload_takes_the_place_of_the_digit_before(visit, sent):
    visitor = visit()
    first = sent[-1]["digit"]
    upload(visitor, "one.png", picture_file(1))
    assert sent[-1]["digit"]["id"] != first["id"]
    assert sent[-1]["digit"]["seen"] != first["seen"]
    assert not visitor.error


@pytest.mark.parametrize(
    "content", [b"", b"not a picture", picture_file(1)[:60], b"<svg></svg>", b"%PDF-1.7"]
)
def test_a_bad_file_is_a_sentence_and_the_digit_before_stays(visit, sent, content):
    visitor = visit()
    upload(visitor, "one.png", picture_file(1))
    before = sent[-1]["digit"]
    upload(visitor, "two.png", content)
    (error,) = visitor.error
    assert error.value.endswith(".")
    assert "Traceback" not in error.value
    assert sent[-1]["digit"]["seen"] == before["seen"]
    assert sent[-1]["withheld"]
    upload(visitor, "three.png", picture_file(0))
    assert not visitor.error
    assert not sent[-1]["withheld"]


def test_an_animation_is_read_and_said_to_be_one(visit, sent):
    made = io.BytesIO()
    frames = [Image.open(io.BytesIO(picture_file(digit))) for digit in (1, 0)]
    frames[0].save(made, "GIF", save_all=True, append_images=frames[1:])
    visitor = upload(visit(), "moving.gif", made.getvalue(), "image/gif")
    (note,) = visitor.info
    assert "first" in note.value


def test_what_a_visitor_gives_is_in_no_cache_and_on_no_disk(visit, sent, tmp_path, monkeypatch):
    read = []
    prepare = digit_input.prepare
    monkeypatch.setattr(
        digit_input, "prepare", lambda data, *turned: read.append(data) or prepare(data, *turned)
    )
    written = set(tmp_path.rglob("*"))
    for _ in range(2):  # the second visitor's is read anew
        upload(visit(), "one.png", picture_file(1))
    assert read.count(picture_file(1)) == 2
    assert set(tmp_path.rglob("*")) == written


def test_two_digits_of_one_number_are_told_apart_after_a_lost_connection(visit, sent):
    answers = []
    for digit in (0, 1):
        upload(visit(), "mine.png", picture_file(digit))
        answers.append(sent[-1]["digit"])
    assert answers[0]["number"] == answers[1]["number"]
    assert answers[0]["id"] != answers[1]["id"]


def test_a_turn_that_makes_the_digit_likelier_is_offered_for_a_picture(visit, sent, monkeypatch):
    def read(digit, model):
        return replace(vae.read(digit, model), likelier_turn=3)

    monkeypatch.setattr(your_digit, "vae", SimpleNamespace(read=read))
    upload(visit(), "one.png", picture_file(1))
    assert sent[-1]["can_turn"]
    assert sent[-1]["digit"]["turn_offer"] == reading_text.ON_ITS_SIDE
    assert sent[-1]["digit"]["likelier_turn"] == 3


def test_what_is_no_digit_has_no_places_where_it_fits(visit, sent, monkeypatch):
    def read(digit, model):
        found = vae.read(digit, model)
        modes = [Mode((0, 0), 0.6), Mode((1, 1), 0.4)]
        return replace(found, strangeness=2, posterior=replace(found.posterior, modes=modes))

    monkeypatch.setattr(your_digit, "vae", SimpleNamespace(read=read))
    upload(visit(), "one.png", picture_file(1))
    answer = sent[-1]["digit"]
    assert answer["no_digit"] == reading_text.NO_DIGIT
    assert (answer["where"], answer["modes"]) == ("", [])


def test_a_second_reading_of_a_tilted_digit_is_sent(visit, sent, monkeypatch):
    def read(digit, model):
        four = np.eye(10)[4]
        other = replace(vae.read(digit, model), probabilities=four, strangeness=0.0)
        return replace(other, probabilities=np.full(10, 0.1), tilt=20, tilted=other)

    monkeypatch.setattr(your_digit, "vae", SimpleNamespace(read=read))
    upload(visit(), "one.png", picture_file(1))
    assert sent[-1]["digit"]["tilted"] == "Turned upright, it looks like a 4."


def test_a_file_that_is_too_large_is_refused_in_our_words(visit, sent):
    visitor = visit()
    (box,) = visitor.get("file_uploader")
    assert box.proto.max_upload_size_mb * 2**20 > MOST_JPEG_BYTES  # the browser lets it through
    upload(visitor, "film.mov", bytes(MOST_JPEG_BYTES + 1))
    (error,) = visitor.error
    assert "too large" in error.value
    assert sent[-1]["withheld"]


def test_until_another_is_picked_a_digit_turns_into_its_runner_up(visit, sent):
    visitor = visit()
    _, (second, _), *_ = sent[-1]["digit"]["fractions"]
    assert sent[-1]["digit"]["target"] == second
    assert not visitor.exception


def test_another_model_answers_anew_about_the_same_digit(visit, weights, sent, monkeypatch):
    import shutil

    copy = weights / "other"
    shutil.copytree(weights / MADE, copy)
    path = copy / card.CARD
    path.write_text(json.dumps(json.loads(path.read_text()) | {"seed": 99}))
    visitor = visit()
    first = sent[-1]
    (choice,) = visitor.selectbox
    choice.set_value("small" if choice.value == "other" else "other").run()
    assert not visitor.exception
    assert sent[-1]["codes"] != first["codes"]
    assert sent[-1]["digit"]["id"] != first["digit"]["id"]
    assert sent[-1]["digit"]["seen"] == first["digit"]["seen"]
