import base64
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies
from streamlit.testing.v1 import AppTest

from tests.conftest import MADE
from tests.support.cards import make_card
from vae import data
from vae.inference import plane
from vae.store.card import CARD, REQUIRED
from vae.store.folder import create, read_model
from vae.ui import cache, explore

APP = Path(__file__).resolve().parent.parent / "app.py"
pytestmark = pytest.mark.usefixtures("fresh_caches")


@pytest.fixture
def sent(monkeypatch):
    """What the page sends to the lens, run by run: its own message and the answer."""
    sent = []

    def wiretap(mount):
        def component(*, data, **options):
            if isinstance(data, bytes):
                pass  # the packed atlas
            elif "start" in data:
                sent.append(dict(data))
            elif "exact" in data:
                sent[-1]["answer"] = data
            return mount(data=data, **options)

        return component

    for name in ("lens", "courier"):
        monkeypatch.setattr(explore, name, wiretap(getattr(explore, name)))
    return sent


def visit(**link):
    """The page as a visitor with that link finds it; it has run without an exception."""
    page = AppTest.from_file(APP, default_timeout=30)
    for key, value in link.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception, page.exception
    return page


def add(name, elbo, description="A copy.", **changes):
    """A copy of the made model under another name; with `changes` to its files' bytes."""
    made = read_model(MADE)
    with create(name, make_card(elbo, description=description)) as folder:
        for file in REQUIRED:
            (folder / file).write_bytes(changes.get(file) or (made.path / file).read_bytes())


def pictures(encoded):
    return np.frombuffer(base64.b64decode(encoded), np.uint8).reshape(-1, 28, 28)


def warnings(page):
    return [warning.value for warning in page.warning]


# The whole page


@pytest.mark.usefixtures("weights")
def test_the_page_opens_at_the_home_of_a_3_with_all_that_the_lens_needs(sent):
    page = visit()
    assert warnings(page) == []
    (shown,) = sent
    scene = cache.scene(read_model(MADE))
    assert shown["model"] == MADE
    assert shown["start"] == shown["answer"]["at"] == pytest.approx(scene.homes[3], abs=0.005)
    assert set(shown["homes"]) == set(range(10))
    exact = scene.model.decode([shown["start"]])
    np.testing.assert_allclose(pictures(shown["answer"]["exact"]) / 255, exact, atol=0.003)


@pytest.mark.usefixtures("weights")
def test_what_the_lens_gets_can_travel_as_json(sent):
    visit()
    assert len(json.loads(json.dumps(sent[0]))["answer"]["kinLabels"]) == explore.KIN


@pytest.mark.usefixtures("weights")
def test_a_link_opens_at_the_place_that_it_names(sent):
    visit(model=MADE, z="-0.5,0.25")
    assert sent[0]["start"] == sent[0]["answer"]["at"] == [-0.5, 0.25]


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize(
    "z",
    ["NaN,NaN", "nan,0", "1e30,1e30", "-1e400,inf", "abc", "", ",", "1", "1,2,3", "1,x", "0,\0"],
)
def test_a_link_to_nowhere_opens_on_the_map_all_the_same(sent, z):
    visit(z=z)
    (shown,) = sent
    z1, z2 = shown["start"]
    assert shown["bounds"]["left"] <= z1 <= shown["bounds"]["right"]
    assert shown["bounds"]["bottom"] <= z2 <= shown["bounds"]["top"]
    assert pictures(shown["answer"]["exact"]).shape == (1, 28, 28)


@pytest.mark.usefixtures("weights")
def test_a_link_to_a_model_that_does_not_exist_says_so_and_shows_the_best(sent):
    page = visit(model="nope", z="0,0")
    (warning,) = warnings(page)
    assert "“nope”" in warning
    assert MADE in warning
    assert sent[0]["model"] == MADE


@pytest.mark.usefixtures("weights")
def test_a_link_chooses_among_several_models_and_without_one_the_best_is_shown(sent):
    add("better", -100.0)
    add("worse", -900.0)
    page = visit()
    assert page.selectbox[0].options == ["better", MADE, "worse"]
    visit(model="worse")
    assert [shown["model"] for shown in sent] == ["better", "worse"]
    page.selectbox[0].select(MADE).run()
    assert not page.exception
    assert sent[-1]["model"] == MADE


@pytest.mark.usefixtures("weights")
def test_any_other_map_is_introduced_by_its_cards_words_and_those_are_words_alone():
    add("explorer", elbo=-600.0)
    add("odd", -100.0, description="**Loud** [words](http://example.org).")
    first, other = (visit(model=name).markdown[0].value for name in ("explorer", "odd"))
    assert first == explore.TITLE.strip()
    assert r"\*\*Loud\*\* \[words\]" in other


@pytest.mark.usefixtures("weights")
def test_the_map_for_people_is_shown_first_whatever_reaches_a_better_elbo(sent):
    add("explorer", elbo=-600.0)
    page = visit()
    assert page.selectbox[0].value == "explorer"
    assert visit(model=MADE).selectbox[0].value == MADE


@pytest.mark.usefixtures("weights")
def test_a_links_place_belongs_to_its_model_and_the_pin_stays_where_it_was_left(sent):
    add("better", -100.0)
    page = visit(model=MADE, z="-0.5,0.25")
    page.selectbox[0].select("better").run()
    page.selectbox[0].select(MADE).run()
    assert not page.exception
    linked, other, back = (shown["start"] for shown in sent)
    assert linked == back == [-0.5, 0.25]
    home = cache.scene(read_model("better")).homes[3]
    assert other == pytest.approx(home, abs=0.005)


@pytest.mark.usefixtures("weights")
def test_a_link_cannot_make_the_page_say_what_it_wants():
    (warning,) = warnings(visit(model="[win](http://example.org)"))
    assert "win" not in warning
    assert MADE in warning


def test_a_damaged_model_is_named_and_the_page_goes_on_with_the_others(weights, sent):
    add("second", -100.0)
    (weights / "second" / "decoder.tflite").write_bytes(b"altered")
    page = visit()
    (warning,) = warnings(page)
    assert "'second'" in warning
    assert "decoder.tflite was altered" in warning
    assert sent[0]["model"] == MADE


MISFITS = {
    "garbage for a network": {"decoder.tflite": b"garbage"},
    "latents of no map": {"latents.npz": b"garbage"},
}


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("changes", MISFITS.values(), ids=MISFITS)
def test_a_model_whose_card_vouches_for_a_misfit_is_named_and_left_out_too(sent, changes):
    add("second", -100.0, **changes)
    page = visit()
    assert any("second" in warning for warning in warnings(page))
    assert sent[-1]["model"] == MADE


@pytest.mark.parametrize("missing", ["description", "atlas_spacing", "elbo"])
def test_a_card_that_lacks_something_does_not_stop_the_page(weights, missing):
    path = weights / MADE / CARD
    card = json.loads(path.read_text())
    card.pop(missing, None)
    card["metrics"].pop(missing, None)
    path.write_text(json.dumps(card))
    visit()


def test_with_every_model_damaged_the_page_says_why_and_what_to_do(weights):
    (weights / MADE / "latents.npz").unlink()
    page = visit(model=MADE)
    assert "latents.npz is missing" in warnings(page)[0]
    assert "python -m vae train explorer" in page.info[0].value


def test_with_no_model_at_all_the_page_says_how_to_make_one(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_WEIGHTS", str(tmp_path / "nothing"))
    page = visit(model="explorer", z="1,2")
    assert "python -m vae train explorer" in page.info[0].value


def test_a_model_that_is_damaged_or_replaced_while_the_page_is_open_is_noticed(weights, sent):
    page = visit()
    file = weights / MADE / "latents.npz"
    file.write_bytes(file.read_bytes() + b"X")
    page.run()
    assert not page.exception
    assert "latents.npz was altered" in warnings(page)[0]
    version = sent[-1]["version"]
    with create(MADE, make_card(-1.0)) as folder:
        for name in REQUIRED:
            content = (weights / MADE / name).read_bytes()
            (folder / name).write_bytes(content)
    page.run()
    assert not page.exception
    assert warnings(page) == []
    assert sent[-1]["version"] != version


# The neighbours


def nearest_kin(shown):
    scene = cache.scene(read_model(MADE))
    return scene, plane.nearest(scene.latents, np.array(shown["start"]))[: explore.KIN]


@pytest.mark.usefixtures("weights", "small_mnist")
def test_the_neighbours_are_real_digits_where_mnist_is_at_hand(sent, other_digits):
    visit()
    answer = sent[0]["answer"]
    _, kin = nearest_kin(sent[0])
    assert "Written by people" in answer["kinTitle"]
    np.testing.assert_array_equal(pictures(answer["kin"]), other_digits.images[kin])
    assert answer["kinLabels"] == other_digits.labels[kin].tolist()


def other_mnist(path):
    with np.load(path) as archive:
        np.savez(path, **{key: array[::-1] for key, array in archive.items()})


MNIST = {
    "not at hand": lambda path: path.unlink(),
    "damaged": lambda path: path.write_bytes(b"damaged"),
    "in another order than the model's": other_mnist,
}


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("change", MNIST.values(), ids=MNIST)
def test_the_neighbours_are_redrawn_by_the_machine_where_mnist_is_no_help(
    sent, small_mnist, change
):
    change(small_mnist)
    visit()
    answer = sent[0]["answer"]
    assert "redrawn by the machine" in answer["kinTitle"].lower()
    scene, kin = nearest_kin(sent[0])
    redrawn = scene.model.decode(scene.latents[kin])
    np.testing.assert_allclose(pictures(answer["kin"]) / 255, redrawn, atol=0.003)
    assert answer["kinLabels"] == scene.labels[kin].tolist()


@pytest.mark.usefixtures("weights")
def test_without_mnist_the_page_downloads_nothing(sent, monkeypatch):
    asked = []
    monkeypatch.setattr("pooch.retrieve", lambda *args, **options: asked.append(args))
    visit()
    assert asked == []
    assert data.find() is None
    assert "redrawn by the machine" in sent[0]["answer"]["kinTitle"].lower()


# Places and sentences


class SomeScene:
    area = plane.Bounds(left=-2.0, right=3.0, bottom=-1.5, top=2.5)


@pytest.mark.parametrize(
    ("numbers", "place"),
    [
        ([0.126, -0.124], [0.13, -0.12]),
        (["1.5", " 2 "], [1.5, 2.0]),
        ([np.nan, np.nan], None),
        (["nan", "1"], None),
        ([1e30, -1e30], [3.0, -1.5]),
        (["-inf", "inf"], [-2.0, 2.5]),
        ((3, 2.5), [3.0, 2.5]),
        ([3.004, -1.504], [3.0, -1.5]),
        ([], None),
        ([""], None),
        ([1], None),
        ([1, 2, 3], None),
        (["1", "x"], None),
        ([None, 1], None),
        ([[1], [2]], None),
        (None, None),
        (7, None),
        ({"z1": 1, "z2": 2}, None),
        ([10**400, 0], None),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_place_from_outside_is_brought_onto_the_map_or_is_none(numbers, place):
    assert explore._place(numbers, SomeScene) == place


def test_a_place_has_no_negative_zero():
    assert str(explore._place([-0.001, -0.0], SomeScene)) == "[0.0, 0.0]"


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ([(3, 1.0)], "Only 3s live"),
        ([(3, 0.951), (5, 0.049)], "Only 3s live"),
        ([(3, 0.95), (5, 0.05)], "Mostly 3s live around here."),
        ([(3, 0.85), (5, 0.101), (8, 0.049)], "Mostly 3s live around here, and some 5s"),
        ([(8, 0.601), (5, 0.399)], "Mostly 8s live around here, and some 5s"),
        ([(4, 0.6), (9, 0.4)], "borderland: 4s meet 9s"),
        ([(4, 0.4), (9, 0.3), (7, 0.3)], "borderland: 4s meet 9s"),
    ],
)
def test_the_reading_names_the_digits_that_live_around(shares, words):
    assert words in explore._reading(shares)


@given(strategies.lists(strategies.integers(0, 9), min_size=1, max_size=15))
def test_any_neighbours_can_be_read_and_nobody_is_named_who_is_not_there(labels):
    sentence = explore._reading(plane.label_fractions(np.array(labels, np.uint8)))
    named = {int(letter) for letter in sentence if letter.isdigit()}
    assert named
    assert named <= set(labels)


@pytest.mark.parametrize(
    ("solitude", "word"),
    [
        (0.0, "crowded part"),
        (0.499, "crowded part"),
        (0.5, "settled"),
        (0.899, "settled"),
        (0.9, "lonely"),
        (0.999, "lonely"),
        (1.0, "Hardly anybody"),
    ],
)
def test_the_crowd_is_told_in_four_steps(solitude, word):
    assert word in explore._crowd(solitude)
