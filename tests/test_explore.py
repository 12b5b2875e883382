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
from vae.inference import label_map, plane
from vae.inference.label_map import PlaceLabel
from vae.runs.evaluate import update_label_map
from vae.store.card import CARD, REQUIRED
from vae.store.folder import create, read_model, root
from vae.ui import cache
from vae.ui.components import explore as component
from vae.ui.pages import explore

APP = Path(__file__).resolve().parent.parent / "app.py"
pytestmark = pytest.mark.usefixtures("fresh_caches")


@pytest.fixture
def sent(monkeypatch):
    """What the page sends to the browser, run by run."""
    sent = []
    mount = component.explore

    def record(data, **options):
        sent.append(data)
        return mount(data, **options)

    monkeypatch.setattr(component, "explore", record)
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
def test_the_page_opens_at_the_centre_of_the_3s_with_all_that_the_lens_needs(sent):
    page = visit()
    assert warnings(page) == []
    (shown,) = sent
    scene = cache.scene(read_model(MADE))
    assert shown["model"] == MADE
    assert shown["answer"]["place"] == pytest.approx(scene.centers[3], abs=0.005)
    assert set(shown["centers"]) == set(range(10))
    exact = scene.model.decode([shown["answer"]["place"]])
    np.testing.assert_allclose(pictures(shown["answer"]["image"]) / 255, exact, atol=0.003)


@pytest.mark.usefixtures("weights")
def test_the_message_can_travel_as_json(sent):
    visit()
    assert len(json.loads(json.dumps(sent[0]))["answer"]["neighbour_labels"]) == explore.NEIGHBOURS


@pytest.mark.usefixtures("weights")
def test_a_link_opens_at_the_place_that_it_names(sent):
    visit(model=MADE, z="-0.5,0.25")
    assert sent[0]["answer"]["place"] == (-0.5, 0.25)


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize(
    "z",
    ["NaN,NaN", "nan,0", "1e30,1e30", "-1e400,inf", "abc", "", ",", "1", "1,2,3", "1,x", "0,\0"],
)
def test_a_link_to_nowhere_opens_on_the_map_all_the_same(sent, z):
    visit(z=z)
    (shown,) = sent
    z1, z2 = shown["answer"]["place"]
    assert shown["bounds"]["left"] <= z1 <= shown["bounds"]["right"]
    assert shown["bounds"]["bottom"] <= z2 <= shown["bounds"]["top"]
    assert pictures(shown["answer"]["image"]).shape == (1, 28, 28)


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
    linked, other, back = (shown["answer"]["place"] for shown in sent)
    assert linked == back == (-0.5, 0.25)
    center = cache.scene(read_model("better")).centers[3]
    assert other == pytest.approx(center, abs=0.005)


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
    address = sent[-1]["codes"]
    with create(MADE, make_card(-1.0, description="Another.")) as folder:
        for name in REQUIRED:
            content = (root() / MADE / name).read_bytes()
            (folder / name).write_bytes(content)
    page.run()
    assert not page.exception
    assert warnings(page) == []
    assert sent[-1]["codes"] != address


# What is drawn


@pytest.mark.usefixtures("weights")
def test_a_model_without_a_label_map_is_shown_all_the_same(sent):
    visit()
    assert sent[0]["label_map"] == ""
    folder = read_model(MADE)
    assert cache.browser_data(MADE, folder.version, "labels") is None


@pytest.mark.usefixtures("weights")
def test_the_sentence_and_the_browser_know_what_is_drawn(sent, other_digits, monkeypatch):
    sixes = label_map.LabelMap(
        plane.Bounds(-3.0, 3.0, -3.0, 3.0),
        digits=np.full((2, 2), 6, np.uint8),
        votes=np.full((2, 2), 15, np.uint8),
        holes=np.zeros((2, 2), bool),
    )
    monkeypatch.setattr(label_map, "build", lambda *arguments: sixes)
    update_label_map(read_model(MADE), other_digits)
    visit(z="0.3,-0.2")
    folder = read_model(MADE)
    assert sent[0]["label_map"].endswith(f"{folder.version}/labels.bin")
    assert cache.browser_data(MADE, folder.version, "labels") == label_map.pack(sixes)
    named = [int(letter) for letter in sent[0]["answer"]["sentence"] if letter.isdigit()]
    assert named[0] == 6


@pytest.mark.usefixtures("weights")
def test_far_from_all_codes_no_colours_of_other_digits_stand_beside_the_picture(sent):
    visit()
    scene = cache.scene(read_model(MADE))
    corner = (scene.area.right, scene.area.top)
    distance = plane.kth_neighbor_distance(scene.latents, np.array([corner]))[0]
    assert distance > sent[0]["far"]
    assert explore.answer(scene, corner, 1)["fractions"] == []
    assert explore.answer(scene, corner, 1)["sentence"] == "Here the machine has to guess."


# The neighbours


def nearest_neighbours(shown):
    scene = cache.scene(read_model(MADE))
    return scene, plane.nearest(scene.latents, np.array(shown["answer"]["place"]))[
        : explore.NEIGHBOURS
    ]


@pytest.mark.usefixtures("weights", "small_mnist")
def test_the_neighbours_are_real_digits_where_mnist_is_at_hand(sent, other_digits):
    visit()
    answer = sent[0]["answer"]
    _, nearest = nearest_neighbours(sent[0])
    assert "Real handwritten" in answer["neighbours_caption"]
    np.testing.assert_array_equal(pictures(answer["neighbours"]), other_digits.images[nearest])
    assert answer["neighbour_labels"] == other_digits.labels[nearest].tolist()


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
    assert "as the machine draws them" in answer["neighbours_caption"]
    scene, nearest = nearest_neighbours(sent[0])
    redrawn = scene.model.decode(scene.latents[nearest])
    np.testing.assert_allclose(pictures(answer["neighbours"]) / 255, redrawn, atol=0.003)
    assert answer["neighbour_labels"] == scene.labels[nearest].tolist()


@pytest.mark.usefixtures("weights")
def test_without_mnist_the_page_downloads_nothing(sent, monkeypatch):
    asked = []
    monkeypatch.setattr("pooch.retrieve", lambda *args, **options: asked.append(args))
    visit()
    assert asked == []
    assert data.find() is None
    assert "as the machine draws them" in sent[0]["answer"]["neighbours_caption"]


# Places and sentences


class SomeScene:
    area = plane.Bounds(left=-2.0, right=3.0, bottom=-1.5, top=2.5)


@pytest.mark.parametrize(
    ("numbers", "place"),
    [
        ([0.126, -0.124], (0.13, -0.12)),
        (["1.5", " 2 "], (1.5, 2.0)),
        ([np.nan, np.nan], None),
        (["nan", "1"], None),
        ([1e30, -1e30], (3.0, -1.5)),
        (["-inf", "inf"], (-2.0, 2.5)),
        ((3, 2.5), (3.0, 2.5)),
        ([3.004, -1.504], (3.0, -1.5)),
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
    assert str(explore._place([-0.001, -0.0], SomeScene)) == "(0.0, 0.0)"


CLEAR_7 = PlaceLabel(7, is_clear=True, is_hole=False)
VAGUE_8 = PlaceLabel(8, is_clear=False, is_hole=False)
NO_DIGIT = PlaceLabel(None, is_clear=False, is_hole=False)
HOLE = PlaceLabel(7, is_clear=True, is_hole=True)


@pytest.mark.parametrize(
    ("fractions", "sparsity", "drawing", "sentence"),
    [
        ([(3, 1.0)], 0.2, None, "Only 3s live around here."),
        ([(7, 1.0)], 0.2, CLEAR_7, "Only 7s live around here."),
        ([(3, 0.95), (5, 0.05)], 0.2, None, "Around here: mostly 3s."),
        ([(3, 0.85), (5, 0.101), (8, 0.049)], 0.2, None, "Around here: mostly 3s, some 5s."),
        ([(4, 0.6), (9, 0.4)], 0.2, None, "Between 4s and 9s."),
        ([(4, 0.4), (9, 0.3), (7, 0.3)], 0.89, None, "Between 4s and 9s."),
        ([(9, 0.6), (7, 0.4)], 0.2, CLEAR_7, "Between 7s and 9s."),
        ([(9, 0.7), (7, 0.3)], 0.2, CLEAR_7, "A 7 among 9s."),
        ([(2, 0.5), (3, 0.5)], 0.2, CLEAR_7, "A 7 among 2s."),
        ([(3, 1.0)], 0.2, VAGUE_8, "Perhaps an 8, among 3s."),
        ([(4, 0.6), (9, 0.4)], 0.2, NO_DIGIT, "Between 4s and 9s."),
        ([(2, 1.0)], 0.9, NO_DIGIT, "A guess: no clear digit."),
        ([(2, 1.0)], 0.9, NO_DIGIT._replace(is_hole=True), "A guess, unlike any real digit."),
        ([(2, 1.0)], 0.9, CLEAR_7, "A guess: looks like a 7."),
        ([(2, 0.6), (3, 0.4)], 1.0, VAGUE_8, "A guess: perhaps an 8."),
        ([(2, 1.0)], 1.0, HOLE, "A guess, unlike any real digit: perhaps a 7."),
        ([(2, 1.0)], 1.0, None, "Here the machine has to guess."),
    ],
)
def test_the_sentence_names_the_digits_around_or_what_is_drawn_where_they_are_far(
    fractions, sparsity, drawing, sentence
):
    assert explore._sentence(fractions, sparsity, drawing) == sentence


@given(
    strategies.lists(strategies.integers(0, 9), min_size=1, max_size=15),
    strategies.floats(0, 1),
    strategies.builds(
        PlaceLabel, strategies.integers(0, 9), strategies.booleans(), strategies.booleans()
    ),
)
def test_any_sentence_names_first_the_digit_that_is_drawn(labels, sparsity, drawing):
    fractions = plane.label_fractions(np.array(labels, np.uint8))
    sentence = explore._sentence(fractions, sparsity, drawing)
    named = [int(letter) for letter in sentence if letter.isdigit()]
    assert named[0] == drawing.digit
    assert set(named) <= {*labels, drawing.digit}


def test_crowding_has_four_steps():
    words = [explore._crowding(sparsity) for sparsity in (0.0, 0.5, 0.9, 1.0)]
    assert len(set(words)) == 4
    for sparsity, word in zip((0.499, 0.899, 0.999, 1.0), words, strict=True):
        assert explore._crowding(sparsity) == word


# What comes back from the browser


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize(
    "pin",
    [None, 7, "pin", {}, {"sequence": "2"}, {"sequence": 2}, {"sequence": 2, "place": "nowhere"}],
)
def test_a_pin_that_is_none_leaves_the_pin_where_it_was(sent, pin):
    page = visit(model=MADE, z="-0.5,0.25")
    folder = read_model(MADE)
    page.session_state[f"explore-{MADE}-{folder.version}"] = {"pin": pin}
    page.run()
    assert not page.exception
    assert sent[-1]["answer"]["place"] == (-0.5, 0.25)


@pytest.mark.usefixtures("weights")
def test_a_link_to_a_place_outside_says_that_the_pin_was_moved(sent):
    visit(model=MADE, z="40,0")
    visit(model=MADE, z="-0.504,0.25")
    assert [bool(shown["notice"]) for shown in sent] == [True, False]
