import csv
import io
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import MADE
from tests.support.cards import make_card
from vae.inference import comparison
from vae.store.card import CARD, REQUIRED
from vae.store.folder import create, list_models, read_latents, read_model, root
from vae.ui import cache, model_table, problems
from vae.ui.components import compare as component
from vae.ui.components import table as table_component
from vae.ui.pages import compare

APP = Path(__file__).resolve().parent.parent / "app.py"
PLANE = {
    "centre_distance": 0.9344,
    "range_z1": [-4.77, 4.03],
    "range_z2": [-4.22, 3.99],
    "area_shares": [0.2, 0.2, 0.1, 0.07, 0.02, 0.15, 0.02, 0.03, 0.16, 0.05],
    "area_evenness": 0.8723,
    "prior_shares": [0.1] * 10,
    "prior_evenness": 1.0,
    "holes_prior": 0.1234,
    "holes_range": 0.25,
    "unclear_prior": 0.202,
    "worst_places": [[0.1 * i, -0.2] for i in range(10)],
}
OTHER = "other"
pytestmark = pytest.mark.usefixtures("fresh_caches")


@pytest.fixture
def sent(monkeypatch):
    """What the page sends to the browser for the maps, run by run."""
    sent = []
    mount = component.compare

    def record(data, **options):
        sent.append(data)
        return mount(data, **options)

    monkeypatch.setattr(component, "compare", record)
    return sent


@pytest.fixture
def rows(monkeypatch):
    """What the page sends for the table, run by run."""
    sent = []
    monkeypatch.setattr(table_component, "table", lambda data, **options: sent.append(data))
    return sent


def add(name, elbo=-160.0, latents=None, **metrics):
    """A copy of the made model under another name, with other codes or figures."""
    made = read_model(MADE)
    card = make_card(elbo)
    card["metrics"] |= metrics
    with create(name, card) as folder:
        for file in REQUIRED:
            (folder / file).write_bytes((made.path / file).read_bytes())
        if latents is not None:
            np.savez(folder / "latents.npz", **latents)


def visit(**link):
    """The page as a visitor with that link finds it; it has run without an exception."""
    page = AppTest.from_string(SCRIPT, default_timeout=60)
    for key, value in link.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception, page.exception
    return page


SCRIPT = """
from vae.ui.pages import compare
compare.page()
"""


def words(page):
    kinds = (page.markdown, page.warning, page.info, page.get("html"))
    return " ".join(str(element.value if hasattr(element, "value") else element.proto.body)
                    for kind in kinds for element in kind)  # fmt: skip


def codes():
    return dict(read_latents(read_model(MADE)))


# Which two


@pytest.mark.usefixtures("weights")
def test_two_models_stand_side_by_side_with_all_that_the_maps_need(sent):
    add(OTHER)
    visit()
    (shown,) = sent
    assert {side["model"] for side in shown["sides"]} == {MADE, OTHER}
    assert shown["has_same_digits"]
    assert shown["link"] == "place"
    middle = codes()["mean"].mean(axis=0)
    assert shown["sides"][0]["centre"] == pytest.approx(middle, abs=1e-4)


@pytest.mark.usefixtures("weights")
def test_a_good_pair_is_offered_where_both_models_are_here(sent):
    assert "Copier and VAE" not in [button.label for button in visit().button]
    add("explorer-ae")
    add("explorer")
    page = visit()
    assert "Copier and VAE" in [button.label for button in page.button]
    assert [side["model"] for side in sent[-1]["sides"]] == ["explorer-ae", "explorer"]


@pytest.mark.usefixtures("weights")
def test_any_two_can_be_chosen(sent):
    add(OTHER)
    page = visit(left=MADE, right=OTHER)
    page.selectbox[0].set_value(OTHER).run()
    page.selectbox[1].set_value(MADE).run()
    assert [side["model"] for side in sent[-1]["sides"]] == [OTHER, MADE]


@pytest.mark.usefixtures("weights")
def test_a_link_names_pair_link_and_place(sent):
    add(OTHER)
    z1, z2 = (round(float(value), 2) for value in codes()["mean"].mean(axis=0))
    visit(left=OTHER, right=MADE, link="place", z=f"{z1},{z2}")
    (shown,) = sent
    assert [side["model"] for side in shown["sides"]] == [OTHER, MADE]
    assert shown["answer"]["places"] == [(z1, z2)] * 2
    assert shown["notice"] == ""


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("image", [0, 7])
def test_a_link_names_a_digit(sent, image):
    other = codes()
    other["mean"] = other["mean"][:, ::-1].copy()
    add(OTHER, latents=other)
    visit(left=MADE, right=OTHER, link="digit", image=str(image))
    (shown,) = sent
    np.testing.assert_allclose(
        shown["answer"]["places"], [codes()["mean"][image], other["mean"][image]], rtol=1e-6
    )
    assert shown["answer"]["image"] == image


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize(
    "link",
    [
        {"z": "nan,1"},
        {"z": "1"},
        {"z": "a,b", "link": "nonsense"},
        {"link": "digit", "image": "99999"},
        {"link": "digit", "image": "-1"},
        {"link": "digit", "image": "²"},
    ],
)
def test_a_broken_place_in_the_address_is_the_usual_place(sent, link):
    add(OTHER)
    visit(left=MADE, right=OTHER, **link)
    usual = cache.scene(read_model(OTHER)).centers[3]
    assert sent[0]["answer"]["places"][1] == pytest.approx(usual, abs=0.01)


@pytest.mark.usefixtures("weights")
def test_a_place_outside_both_maps_is_the_nearest_with_a_sentence(sent):
    add(OTHER)
    visit(left=MADE, right=OTHER, z="1e9,0")
    area = cache.scene(read_model(MADE)).area
    assert sent[0]["answer"]["places"][0][0] == area.right
    assert "outside both maps" in sent[0]["notice"]


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("right", ["nobody", "<b>", ""])
def test_a_pair_that_is_not_here_gives_another_with_a_sentence(sent, right):
    add(OTHER)
    page = visit(left=MADE, right=right)
    assert "two models that are not both here" in words(page)
    assert len(sent[0]["sides"]) == 2


@pytest.mark.usefixtures("weights")
def test_one_model_is_shown_beside_itself(sent):
    visit()
    assert [side["model"] for side in sent[0]["sides"]] == [MADE, MADE]


def test_without_a_model_the_page_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_WEIGHTS", str(tmp_path))
    assert "vae train" in words(visit())


# Models that are no good


def nan(latents):
    latents["mean"][3] = np.nan


def far(latents):
    latents["mean"][:] *= 1e6


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("spoil", [nan, far])
def test_a_model_that_cannot_be_drawn_leaves_the_page_whole(sent, spoil):
    add(OTHER)
    bad = codes()
    spoil(bad)
    add("bad", latents=bad)
    page = visit(left="bad", right=MADE)
    assert {side["model"] for side in sent[-1]["sides"]} == {MADE, OTHER}
    assert "bad" in words(page)


@pytest.mark.usefixtures("weights")
def test_a_broken_model_leaves_the_page_whole(sent):
    add(OTHER)
    add("bad")
    (root() / "bad" / CARD).write_text("{")
    page = visit(left="bad", right=MADE)
    assert {side["model"] for side in sent[-1]["sides"]} == {MADE, OTHER}
    assert "left out" in words(page)


@pytest.mark.usefixtures("weights")
def test_models_of_other_test_digits_are_linked_by_place_alone(sent):
    few = {key: array[:20] for key, array in codes().items()}
    add(OTHER, latents=few)
    visit(left=MADE, right=OTHER, link="digit", image="3")
    (shown,) = sent
    assert not shown["has_same_digits"]
    assert shown["link"] == "place"
    assert "not tested on the same digits" in shown["notice"]


@pytest.mark.usefixtures("weights")
def test_a_collapsed_model_is_shown_and_named(sent, rows):
    spot = codes()
    spot["mean"][:] = 0.001
    add(OTHER, latents=spot, active_dimensions=0.0)
    visit(left=MADE, right=OTHER)
    assert len(sent) == 1
    (row,) = [row for row in rows[0]["rows"] if row["name"] == OTHER]
    assert "collapsed to one place" in row["note"]


# The three problems


@pytest.mark.usefixtures("weights")
def test_the_figures_are_those_of_the_cards():
    add(OTHER, **PLANE)
    shown = words(visit(left=MADE, right=OTHER))
    for figure in ("0.93", "-4.8", "4.0", "-4.2", "0.87", "12.3%", "25.0%", "20.2%"):
        assert f"<b>{figure}</b>" in shown
    assert shown.count(problems.UNMEASURED) == 3  # for the other model, whose card has none


@pytest.mark.usefixtures("weights")
def test_the_bars_are_the_shares_and_the_worst_places_are_drawn():
    add(OTHER, **PLANE)
    scene = cache.scene(read_model(OTHER))
    shown = problems.show([OTHER], [PLANE], [scene])
    assert [f"title='{d}: {s:.1%}'" in shown for d, s in enumerate(PLANE["area_shares"])] == [
        True
    ] * 10
    assert shown.count("data:image/png;base64,") == 1


@pytest.mark.usefixtures("weights")
def test_a_models_name_is_not_taken_for_html():
    scene = cache.scene(read_model(MADE))
    assert "<script" not in problems.show(["<script>"], [PLANE], [scene])


@pytest.mark.parametrize(
    ("share", "unclear", "said"),
    [
        (0.0, 0.02, "nearly always"),
        (0.0, 0.2, "one in 5 draws gives a blur"),
        (0.0, 1.0, "Nearly all draws give a blur"),
        (0.5, 0, "50% of the draws give something that is no digit"),
    ],
)
def test_the_sentence_about_holes_is_of_the_figures(share, unclear, said):
    assert said in problems._hole_words(share, unclear)


@pytest.mark.usefixtures("weights")
def test_what_each_does_better_is_said_on_its_side_and_chance_is_not():
    add("a", -120.0, accuracy=0.9)
    add("b", -150.0, accuracy=0.901)
    left, right = (read_model(name).card.metrics for name in "ab")
    found = comparison.compare(left, right)
    shown = words(visit(left="a", right="b"))
    assert [difference.better for difference in found if difference.words] == ["first"]
    assert all(difference.words in shown for difference in found)
    assert compare.NOTHING_BETTER in shown


# The table


@pytest.mark.usefixtures("weights")
def test_the_table_holds_every_model_and_what_was_not_measured_is_none(rows):
    add(OTHER, reconstruction=99.5, accuracy=0.9)
    visit(left=MADE, right=MADE)
    (table,) = rows
    titles = [column["title"] for column in table["columns"]]
    by_name = {row["name"]: row for row in table["rows"]}
    assert set(by_name) == {MADE, OTHER}
    figures = dict(zip(titles, by_name[OTHER]["values"], strict=True))
    assert figures["Copy error"] == 99.5
    assert figures["Read right"] == 90
    assert figures["Exact likelihood"] is None
    assert by_name[MADE]["is_shown"]
    assert not by_name[OTHER]["is_shown"]
    assert all(column["about"] for column in table["columns"])


@pytest.mark.usefixtures("weights")
def test_the_table_is_also_csv():
    add(OTHER, kl=8.5)
    folders, _ = list_models()
    lines = list(csv.DictReader(io.StringIO(model_table.as_csv(folders).decode())))
    assert [line["name"] for line in lines] == [folder.name for folder in folders]
    (line,) = [line for line in lines if line["name"] == OTHER]
    assert (float(line["elbo"]), float(line["kl"]), line["log_likelihood"]) == (-160, 8.5, "")


@pytest.mark.usefixtures("weights")
def test_parameters_are_counted_from_the_weights():
    import h5py

    folder = read_model(MADE)
    with h5py.File(folder.path / "model.weights.h5", "w") as file:
        file["decoder/kernel"] = np.zeros((2, 30))
        file["decoder/bias"] = np.zeros(30)
    assert cache.count_parameters(folder) == 90
