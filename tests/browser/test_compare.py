import ast
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

import vae
from tests.support import browser
from tests.support.visitor import PICTURE

pytestmark = pytest.mark.browser

MAPS = ".st-key-latent-map .js-plotly-plot"
LEGENDS = ".latent-compare .map-legend"
GHOSTS = """() => [...document.querySelectorAll(".latent-compare .ghost")]
  .map((mark) => mark.style.display !== "none")"""
DRAWN = """async (points) => {
  const [chart] = document.querySelectorAll(".map-chart");
  const readouts = ["left-z", "right-z"].map((id) => document.querySelector(`[data-testid=${id}]`));
  const words = () => readouts.map((readout) => readout.textContent).join();
  let [drawn, last] = [0, ""];
  for (const [clientX, clientY] of points) {
    chart.dispatchEvent(new PointerEvent("pointermove", { clientX, clientY }));
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    if (words() !== last) drawn++;
    last = words();
  }
  return drawn;
}"""
COLOURS = (
    """chart => Object.fromEntries(chart.data.map(({ name, marker }) => [name, marker.color]))"""
)
ATLASES = "() => document.querySelector('.latent-root')?.dataset.atlas === 'true'"


@pytest.fixture
def compare(visit):
    """Open Compare as a new visitor; wait for both maps and pictures."""

    def compare(query="", **options):
        visitor = visit(f"compare{query}", **options)
        visitor.page.wait_for_function(ATLASES, timeout=60_000)
        visitor.page.wait_for_timeout(500)
        return visitor

    return compare


def at(visitor, side, across, down):
    """Return the screen position of a place on one of the maps, both in [0, 1] of its plane."""
    left, top, width, height = visitor.page.locator(MAPS).nth(side).evaluate(browser.PLANE)
    return left + across * width, top + down * height


def places(visitor):
    """Return the place in each readout, None where a map does not hold it."""
    words = [visitor.page.get_by_test_id(f"{side}-z").text_content() for side in ("left", "right")]
    return [ast.literal_eval(w.removeprefix("z = ")) if w else None for w in words]


def pictures(visitor):
    return [
        np.array(visitor.page.get_by_test_id(f"{side}-picture").evaluate(PICTURE)).reshape(280, 280)
        for side in ("left", "right")
    ]


def seen(picture):
    """Return what a canvas shows as (28, 28) in [0, 1]."""
    return picture.reshape(28, 10, 28, 10).mean(axis=(1, 3)) / 255


def linked(visitor):
    query = parse_qs(urlsplit(visitor.page.evaluate("location.href")).query)
    return {key: values[0] for key, values in query.items()}


@pytest.mark.parametrize("side", [0, 1])
def test_hovering_over_either_map_moves_a_ghost_on_both_and_says_nothing(compare, side):
    visitor = compare()
    sent = len(visitor.sent)
    assert visitor.page.evaluate(GHOSTS) == [False, False]
    for across in np.linspace(0.45, 0.6, 10):
        visitor.page.mouse.move(*at(visitor, side, across, 0.45))
        visitor.page.wait_for_timeout(20)
    visitor.page.wait_for_timeout(100)
    assert visitor.page.evaluate(GHOSTS) == [True, True]
    left, right = places(visitor)
    assert left == right
    for name, picture in zip(("explorer-ae", "explorer"), pictures(visitor), strict=True):
        exact = vae.load(name).decode(np.array([left]))[0]
        assert np.abs(seen(picture) - exact).mean() < 0.03
    assert len(visitor.sent) == sent
    assert not visitor.errors


def test_a_place_off_the_other_map_is_not_drawn_there(compare):
    visitor = compare("?left=conv-ae&right=conv-vae")
    visitor.page.mouse.move(*at(visitor, 0, 0.5, 0.1))
    visitor.page.wait_for_timeout(200)
    left, right = places(visitor)
    assert left is not None
    assert right is None
    assert "Outside this map" in visitor.page.get_by_test_id("right-words").text_content()
    assert visitor.page.evaluate(GHOSTS) == [True, False]


def test_a_click_pins_on_both_maps_with_one_message(compare):
    visitor = compare()
    sent, before = len(visitor.sent), visitor.answers()
    visitor.page.mouse.move(*at(visitor, 1, 0.4, 0.4))
    visitor.page.wait_for_timeout(200)
    visitor.page.mouse.click(*at(visitor, 1, 0.4, 0.4))
    browser.wait_for_answer(visitor.page, before)
    assert len(visitor.sent) == sent + 1
    visitor.page.mouse.move(5, 5)
    visitor.page.wait_for_timeout(200)
    left, right = places(visitor)
    assert left == right
    assert linked(visitor)["z"] == ",".join(map(str, left)).replace(".0,", ",")


def test_arrow_keys_move_the_pin_on_both_maps(compare):
    visitor = compare()
    before = places(visitor)[0]
    visitor.page.locator(".map-chart").first.focus()
    for _ in range(3):
        visitor.page.keyboard.press("ArrowRight")
    visitor.page.wait_for_timeout(200)
    left, right = places(visitor)
    assert left == right == pytest.approx((before[0] + 0.15, before[1]))


def test_linked_by_digit_each_map_shows_where_it_has_put_the_nearest_one(compare):
    visitor = compare()
    visitor.press("the same digit")
    visitor.page.mouse.move(*at(visitor, 1, 0.3, 0.6))
    visitor.page.wait_for_timeout(200)
    left, right = map(np.array, places(visitor))
    codes = [vae.load(name).latents for name in ("explorer-ae", "explorer")]
    nearest = np.abs(codes[1]["mean"] - right).max(axis=1).argmin()
    assert np.abs(codes[1]["mean"][nearest] - right).max() < 0.006
    assert np.abs(codes[0]["mean"][nearest] - left).max() < 0.006
    words = visitor.page.get_by_test_id("left-words").text_content()
    assert words.startswith(f"A real {codes[0]['label'][nearest]},")


def test_a_digit_chosen_in_one_legend_is_highlighted_on_both(compare):
    visitor = compare()
    visitor.page.locator(LEGENDS).first.get_by_role("button", name="4").click()
    for side in (0, 1):
        colours = visitor.page.locator(MAPS).nth(side).evaluate(COLOURS)
        assert len({colours[digit] for digit in "012356789"}) == 1
        assert colours["4"] not in {colours["3"]}
        pressed = visitor.page.locator(LEGENDS).nth(side).locator("[aria-pressed=true]")
        assert pressed.all_text_contents() == ["4"]


def test_pair_link_and_place_stand_in_the_address(compare):
    visitor = compare("?left=dense-rmsprop&right=explorer&z=0.5,-1.25")
    assert places(visitor) == [(0.5, -1.25)] * 2
    visitor.press("the same digit")
    visitor.page.wait_for_timeout(1000)
    found = linked(visitor)
    assert (found["left"], found["right"], found["link"]) == ("dense-rmsprop", "explorer", "digit")
    again = compare("?" + urlsplit(visitor.page.evaluate("location.href")).query)
    assert places(again) == places(visitor)
    assert linked(again) == found


def test_a_pair_that_is_not_here_gives_the_first_pair_and_a_sentence(compare):
    visitor = compare("?left=nobody&right=explorer")
    assert visitor.page.get_by_text("two models that are not both here").is_visible()
    found = linked(visitor)
    assert (found["left"], found["right"]) == ("explorer-ae", "explorer")


def test_a_good_pair_is_a_click_away(compare):
    visitor = compare()
    visitor.press("Few digits")
    visitor.page.wait_for_function("() => location.search.includes('left=conv-ae&right=conv-vae')")
    visitor.page.wait_for_function(ATLASES, timeout=60_000)
    assert visitor.page.locator(MAPS).count() == 2
    assert not visitor.errors


def test_both_maps_follow_every_move_of_the_pointer(compare):
    visitor = compare()
    sent = len(visitor.sent)
    points = [at(visitor, 0, across, 0.5) for across in np.linspace(0.3, 0.7, 50)]
    assert visitor.page.evaluate(DRAWN, points) == 50  # of 50 moves
    assert len(visitor.sent) == sent


@pytest.mark.parametrize("window", [(390, 844), (1024, 768)])
def test_nothing_is_wider_than_the_window(compare, window):
    visitor = compare(viewport={"width": window[0], "height": window[1]})
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= window[0]


def test_a_collapsed_model_is_shown_beside_a_whole_one(compare):
    visitor = compare("?left=dense-mse&right=dense-rmsprop")
    visitor.page.mouse.move(*at(visitor, 1, 0.6, 0.6))
    visitor.page.wait_for_timeout(200)
    assert places(visitor)[1] is not None
    assert not visitor.errors


def test_the_figures_on_the_page_are_those_of_the_cards(compare):
    visitor = compare()
    shown = visitor.page.locator(".latent-problems").first.inner_text()
    for name in ("explorer-ae", "explorer"):
        figures = vae.load(name).folder.card.metrics
        assert f"{figures['centre_distance']:.2f} from the middle" in shown
        (left, right), (bottom, top) = figures["range_z1"], figures["range_z2"]
        assert f"from {left:.1f} to {right:.1f} across" in shown
        assert f"from {bottom:.1f} to {top:.1f} upwards" in shown
        assert f"Evenness {figures['area_evenness']:.2f} by area" in shown
        assert f"{figures['holes_prior']:.1%} of random draws look like no digit" in shown


def test_the_table_sorts_by_the_heading_that_is_pressed_and_explains_it(compare):
    visitor = compare()
    table = visitor.page.locator(".latent-table")
    names = table.locator("tbody th")
    first = names.first.text_content()
    table.get_by_role("button", name="Drawing").click()
    cells = table.locator("tbody tr td:last-child").all_text_contents()
    figures = [float(cell.strip("▲▽ ")) for cell in cells]
    assert figures == sorted(figures)
    assert "milliseconds" in table.locator(".about").text_content()
    assert first != names.first.text_content()
    with visitor.page.expect_download() as download:
        visitor.press("Download as CSV")
    assert download.value.path().read_text().startswith("name,elbo,")


def test_why_an_autoencoder_cannot_invent_takes_two_clicks(visit):
    visitor = visit()
    visitor.page.get_by_role("link", name="Compare").click()
    visitor.page.get_by_role("link", name="Why can a plain autoencoder not invent?").click()
    heading = visitor.page.get_by_role("heading", name="Why can a plain autoencoder not invent?")
    visitor.page.wait_for_timeout(1500)
    assert 0 <= heading.bounding_box()["y"] < browser.WINDOW["height"]


def test_a_finger_moves_a_ghost_on_both_maps_and_its_picture_comes_along(compare):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    visitor = compare(**phone)
    visitor.page.locator(MAPS).nth(0).scroll_into_view_if_needed()
    line = visitor.page.context.new_cdp_session(visitor.page)

    def touch(kind, *place):
        points = [dict(zip("xy", at(visitor, 0, *place), strict=True), id=0)] if place else []
        line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        visitor.page.wait_for_timeout(50)

    before, sent = visitor.answers(), len(visitor.sent)
    touch("touchStart", 0.45, 0.5)
    for step in range(5):
        touch("touchMove", 0.45 + step / 50, 0.5)
    assert visitor.page.evaluate(GHOSTS) == [True, True]
    assert visitor.page.locator(".map-loupe").first.is_visible()
    assert len(visitor.sent) == sent
    left, right = places(visitor)
    assert left == right
    touch("touchEnd")
    browser.wait_for_answer(visitor.page, before)
    assert len(visitor.sent) == sent + 1
    assert places(visitor) == [left, right]
