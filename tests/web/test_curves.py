import itertools

import pytest

pytestmark = pytest.mark.browser
BUILD = """({ buildFigure }, [data, width]) => {
  return buildFigure(data, width, { text: "#123456", paper: "#fff" });
}"""
NAMES = ("loss", "reconstruction", "kl", "val_loss", "val_reconstruction", "val_kl")


@pytest.fixture(scope="module")
def figure(module_page):
    return module_page("curves/figure.js")


def curves(epochs):
    history = {name: [10.0 * i + epoch for epoch in range(epochs)] for i, name in enumerate(NAMES)}
    return {"plotly_url": "", "history": history, "loss_unit": "nats"}


def test_training_digits_are_solid_other_digits_dotted_and_the_legend_says_so(figure):
    data = curves(4)
    traces = figure(BUILD, [data, 700])["traces"]
    drawn = {trace["line"]["dash"]: [] for trace in traces}
    for trace in traces:
        if not trace.get("name"):
            drawn[trace["line"]["dash"]].append(trace["y"])
    assert drawn["solid"] == [data["history"][name] for name in ("reconstruction", "kl", "loss")]
    assert drawn["dot"] == [
        data["history"][name] for name in ("val_reconstruction", "val_kl", "val_loss")
    ]
    legend = {trace["name"]: trace["line"]["dash"] for trace in traces if trace.get("name")}
    assert legend == {"training digits": "solid", "other digits": "dot"}


@pytest.mark.parametrize("width", [366, 700, 1200])
def test_panels_do_not_overlap_and_stand_beside_each_other_where_there_is_room(figure, width):
    layout = figure(BUILD, [curves(4), width])["layout"]
    assert layout["width"] == width
    across = [layout[f"xaxis{i}"]["domain"] for i in ("", "2", "3")]
    up = [layout[f"yaxis{i}"]["domain"] for i in ("", "2", "3")]
    parts = sorted(up if width < 520 else across)
    assert parts[0][0] == pytest.approx(0)
    assert parts[-1][1] == pytest.approx(1)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(parts))


@pytest.mark.parametrize("epochs", [1, 9, 200, 10_000])
def test_ticks_are_few_and_even(figure, epochs):
    step = figure(BUILD, [curves(epochs), 700])["layout"]["xaxis"]["dtick"]
    assert step == int(step) >= 1
    assert epochs / step <= 5


def test_headings_name_the_units(figure):
    layout = figure(BUILD, [curves(2) | {"loss_unit": "weighted sum"}, 700])["layout"]
    assert [heading["text"] for heading in layout["annotations"]] == [
        "<b>Reconstruction (nats)</b>",
        "<b>KL (nats)</b>",
        "<b>Loss (weighted sum)</b>",
    ]


def test_the_last_figures_are_told_in_words(figure):
    words = figure("({ describe }, data) => describe(data)", curves(3))
    assert words.startswith(
        "Curves up to epoch 3. Reconstruction (nats): 12 on training digits, 42"
    )
