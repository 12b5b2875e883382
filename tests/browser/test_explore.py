import json
from urllib.parse import urlsplit

import numpy as np
import pytest

from tests.support import browser
from vae.store.folder import list_models

pytestmark = pytest.mark.browser

TRACES = "chart => chart.data.map((trace) => [trace.type, trace.name, trace.x.length])"
VISIBLE = "chart => chart.data.filter((trace) => trace.visible).map((trace) => trace.name)"
LOSE = """chart => {
  window.lost = [];
  for (const canvas of chart.querySelectorAll("canvas")) {
    const extension = canvas.getContext("webgl")?.getExtension("WEBGL_lose_context");
    if (!extension) continue;
    window.lost.push(extension);
    extension.loseContext();
  }
}"""
INK = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let i = 3; i < data.length; i += 4) sum += data[i];
  return sum / (data.length / 4) / 255;
}"""
RESTORE = "() => window.lost.forEach((extension) => extension.restoreContext())"


def difference(a, b):
    return np.abs(a - b).mean()


def chart(visitor, script):
    return visitor.page.locator(browser.MAP).evaluate(script)


def names(visitor):
    return visitor.page.locator(".map-overlay .name").all_text_contents()


def test_a_newcomer_sees_ten_coloured_digits_and_a_picture(visit, model):
    visitor = visit()
    traces = chart(visitor, TRACES)
    assert [name for _, name, _ in traces] == list("0123456789")
    assert {kind for kind, _, _ in traces} == {"scattergl"}
    assert sum(count for _, _, count in traces) == 10_000
    assert browser.colourful_share(visitor.page) > 0.02
    assert visitor.picture().max() > 0.8
    assert difference(visitor.picture(), model.decode(np.array([visitor.z()]))[0]) < 0.03
    assert not visitor.errors


def test_the_browser_and_python_use_the_same_plotly(visit):
    import plotly

    visitor = visit()
    urls = visitor.page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    libraries = [url for url in urls if "plotly" in url.lower()]
    assert len(libraries) == 1  # and none of Streamlit's own
    assert libraries[0].endswith(f"/plotly/{plotly.__version__}/plotly.min.js")


def test_what_a_model_is_made_of_comes_from_the_browsers_own_store_on_a_reload(visit):
    visitor = visit()
    visitor.page.reload()
    visitor.ready()
    visitor.page.wait_for_timeout(1000)
    script = """performance.getEntriesByType("resource")
      .filter(({ name }) => name.includes("/latent/"))
      .map(({ name, transferSize }) => [name.split("/").at(-1), transferSize])"""
    sizes = dict(visitor.page.evaluate(script))
    assert {"atlas.bin", "codes.bin", "explore.js", "plotly.min.js"} <= set(sizes)
    assert set(sizes.values()) == {0}


def test_dots_come_back_with_a_lost_graphics_context_or_without_it(visit):
    visitor = visit()
    dots = browser.colourful_share(visitor.page)
    chart(visitor, LOSE)
    visitor.page.wait_for_timeout(300)
    visitor.page.evaluate(RESTORE)
    visitor.page.wait_for_timeout(1500)
    assert browser.colourful_share(visitor.page) > 0.8 * dots
    chart(visitor, LOSE)
    visitor.page.wait_for_timeout(4000)
    assert browser.colourful_share(visitor.page) > 0.5 * dots
    assert {kind for kind, _, _ in chart(visitor, TRACES)} == {"scatter"}


def test_a_browser_without_webgl_draws_the_dots_another_way(visit):
    visitor = visit(ready=False)
    visitor.page.add_init_script("""
      const { getContext } = HTMLCanvasElement.prototype;
      HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
        return kind.includes("webgl") ? null : getContext.call(this, kind, ...rest);
      };
    """)
    visitor.page.reload()
    visitor.ready()
    assert browser.colourful_share(visitor.page) > 0.02


def test_hovering_draws_the_place_and_says_nothing_to_the_server(visit, model):
    visitor = visit()
    home, before, sent = visitor.z(), visitor.picture(), len(visitor.sent)
    for across in np.linspace(0.2, 0.8, 12):
        visitor.page.mouse.move(*visitor.at(across, 0.6))
        visitor.page.wait_for_timeout(30)
    assert difference(visitor.picture(), before) > 0.02
    assert difference(visitor.picture(), model.decode(np.array([visitor.z()]))[0]) < 0.03
    visitor.page.mouse.move(5, 5)
    visitor.page.wait_for_timeout(200)
    assert visitor.z() == home
    assert len(visitor.sent) == sent


def test_a_click_pins_with_one_message_and_the_answer_is_small(visit, model):
    visitor = visit()
    sent, received = len(visitor.sent), len(visitor.received)
    visitor.click(0.35, 0.4)
    assert len(visitor.sent) == sent + 1
    assert sum(map(len, visitor.received[received:])) < 15_000
    assert visitor.linked() == ("explorer", visitor.z())
    visitor.page.mouse.move(5, 5)
    visitor.page.wait_for_timeout(200)
    assert difference(visitor.picture(), model.decode(np.array([visitor.z()]))[0]) < 0.02
    assert visitor.page.locator(".neighbours .strip canvas").count() == 10


def test_a_slider_draws_while_it_is_dragged_and_speaks_when_let_go(visit):
    visitor = visit()
    slider = visitor.page.get_by_label("z1", exact=True).bounding_box()
    middle = slider["y"] + slider["height"] / 2
    before, sent = visitor.picture(), len(visitor.sent)
    visitor.page.mouse.move(slider["x"] + 0.2 * slider["width"], middle)
    visitor.page.mouse.down()
    visitor.page.mouse.move(slider["x"] + 0.8 * slider["width"], middle, steps=10)
    visitor.page.wait_for_timeout(100)
    assert visitor.z()[0] > 1
    assert difference(visitor.picture(), before) > 0.02
    assert len(visitor.sent) == sent
    visitor.page.mouse.up()
    visitor.settle()
    assert len(visitor.sent) == sent + 1
    assert visitor.linked()[1] == visitor.z()


def test_arrow_keys_nudge_the_pin_and_shift_makes_leaps(visit):
    visitor = visit()
    visitor.click(0.5, 0.5)
    x, y = visitor.z()
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowUp"):
        visitor.page.keyboard.press(key)
    visitor.page.mouse.move(5, 5)
    visitor.settle()
    assert visitor.z() == pytest.approx((x + 0.05, y + 0.55), abs=1e-6)
    assert visitor.linked()[1] == visitor.z()


def test_zoom_and_pan_survive_everything_and_the_pin_follows_them(visit):
    visitor = visit()
    visitor.click(0.5, 0.5)
    whole, pin = visitor.range(), visitor.box(".map-overlay .pin")
    visitor.hover(0.25, 0.25)
    for _ in range(4):
        visitor.page.mouse.wheel(0, -300)
        visitor.page.wait_for_timeout(300)
    zoomed = visitor.range()
    assert zoomed[1] - zoomed[0] < 0.8 * (whole[1] - whole[0])
    assert visitor.box(".map-overlay .pin")["x"] > pin["x"] + 30
    visitor.page.mouse.move(*visitor.at(0.2, 0.8))
    visitor.page.mouse.down()
    visitor.page.mouse.move(*visitor.at(0.3, 0.7), steps=6)
    visitor.page.mouse.up()
    visitor.page.wait_for_timeout(300)
    panned = visitor.range()
    assert panned[0] < zoomed[0] - 0.05
    visitor.click(0.6, 0.4)
    visitor.press("Both")
    visitor.page.wait_for_timeout(300)
    assert visitor.range() == pytest.approx(panned)
    visitor.press("Take me to 0")  # out of sight: the map moves, as near as before
    visitor.settle()
    low, high = visitor.range()
    assert low < visitor.z()[0] < high
    assert high - low == pytest.approx(panned[1] - panned[0])


def test_the_pin_can_be_dragged(visit):
    visitor = visit()
    visitor.click(0.5, 0.5)
    pin, before = visitor.box(".map-overlay .pin"), visitor.z()
    x, y = pin["x"] + pin["width"] / 2, pin["y"] + pin["height"] / 2
    visitor.page.wait_for_timeout(400)
    visitor.page.mouse.move(x, y)
    visitor.page.mouse.down()
    visitor.page.mouse.move(x + 80, y, steps=6)
    visitor.page.set_viewport_size({"width": 1100, "height": 800})  # a window resized mid-drag
    visitor.page.wait_for_timeout(300)
    visitor.page.mouse.move(*visitor.at(0.8, 0.5), steps=3)
    visitor.page.mouse.up()
    visitor.settle()
    assert visitor.z()[0] > before[0] + 0.5
    assert "zoom" not in visitor.page.evaluate("location.search")
    assert not visitor.errors


def test_a_hidden_digit_is_hidden_in_every_view_and_stays_so_on_the_other_pages(visit):
    visitor = visit()
    assert names(visitor) == list("0123456789")
    visitor.press("4")
    visitor.page.wait_for_timeout(600)
    assert names(visitor) == list("012356789")
    assert chart(visitor, VISIBLE) == list("012356789")
    visitor.press("Digits")
    visitor.page.wait_for_timeout(600)
    without = visitor.page.locator(".map-manifold").evaluate(INK)
    visitor.press("4")
    visitor.page.wait_for_timeout(600)
    assert visitor.page.locator(".map-manifold").evaluate(INK) > 1.03 * without
    visitor.press("4")
    visitor.page.wait_for_timeout(600)
    visitor.page.get_by_role("link", name="Your digit").click()
    visitor.page.locator(".latent-digit[data-drawn=true]").wait_for()
    visitor.page.wait_for_timeout(600)
    link = visitor.page.evaluate("location.search")
    assert "hidden=4" in link
    assert "view=digits" in link
    assert visitor.page.locator(".map-modes [aria-pressed=true]").text_content() == "Digits"


def test_the_pin_does_not_cover_the_name_of_the_digit_that_it_stands_on(visit):
    visitor = visit()
    visitor.press("Take me to 7")
    visitor.settle()
    name, pin = visitor.box(".map-overlay .name >> nth=7"), visitor.box(".map-overlay .pin")
    across = abs(name["x"] + name["width"] / 2 - pin["x"] - pin["width"] / 2)
    down = abs(name["y"] + name["height"] / 2 - pin["y"] - pin["height"] / 2)
    assert np.hypot(across, down) > 24


@pytest.mark.parametrize("width", [390, 768, 1400])
def test_names_do_not_cover_each_other(visit, width):
    visitor = visit(viewport={"width": width, "height": 844})
    boxes = [name.bounding_box() for name in visitor.page.locator(".map-overlay .name").all()]
    assert len(boxes) == 10
    middles = np.array([(b["x"] + b["width"] / 2, b["y"] + b["height"] / 2) for b in boxes])
    apart = np.linalg.norm(middles[:, None] - middles[None], axis=-1) + 1e3 * np.eye(10)
    assert apart.min() > 26


def test_the_map_cannot_be_lost(visit):
    visitor = visit()
    whole = visitor.range()
    visitor.hover(0.5, 0.5)
    for _ in range(10):
        visitor.page.mouse.wheel(0, 900)
    visitor.page.wait_for_timeout(300)
    assert visitor.range() == pytest.approx(whole)
    for _ in range(3):
        visitor.page.mouse.wheel(0, -500)
    for _ in range(3):
        visitor.page.mouse.move(*visitor.at(0.1, 0.5))
        visitor.page.mouse.down()
        visitor.page.mouse.move(*visitor.at(0.99, 0.5), steps=4)
        visitor.page.mouse.up()
    visitor.page.wait_for_timeout(300)
    zoomed = visitor.range()
    assert zoomed[0] >= whole[0] - 1e-6
    assert zoomed[1] - zoomed[0] < 0.8 * (whole[1] - whole[0])
    visitor.press("Show the whole map")
    visitor.page.wait_for_timeout(300)
    assert visitor.range() == pytest.approx(whole)


def test_a_place_outside_the_map_is_not_shown_as_if_it_were_on_it(visit):
    visitor = visit()
    pin = visitor.z()
    visitor.hover(0.02, 0.5)  # the box is wider than the map
    assert visitor.z() == pin
    sent = len(visitor.sent)
    visitor.page.mouse.click(*visitor.at(0.02, 0.5))
    visitor.page.wait_for_timeout(500)
    assert visitor.z() == pin
    assert len(visitor.sent) == sent


def test_a_link_to_a_place_outside_says_that_it_was_moved(visit):
    visitor = visit("?model=explorer&z=40,2")
    assert "outside this map" in visitor.page.locator(".lens .notice").text_content()
    assert (
        "outside this map" not in visit("?model=explorer&z=1,2").page.locator("body").inner_text()
    )


def test_hovering_names_the_digits_around(visit):
    visitor = visit()
    visitor.press("Take me to 0")
    visitor.settle()
    x, y = (visitor.box(".map-overlay .pin")[key] for key in ("x", "y"))
    pin = visitor.box(".map-overlay .pin")
    visitor.press("Take me to 1")
    visitor.settle()
    visitor.page.mouse.move(x + pin["width"] / 2, y + pin["height"])
    visitor.page.wait_for_timeout(200)
    assert visitor.page.locator(".hovered .sentence").text_content() == "Around here: 0s"
    assert not visitor.page.locator(".pinned").is_visible()
    visitor.page.mouse.move(5, 5)
    visitor.page.wait_for_timeout(200)
    assert "1s" in visitor.page.locator(".pinned .sentence").text_content()


def test_where_no_real_digit_is_near_hover_and_pin_say_what_is_drawn_and_that_it_is_a_guess(visit):
    visitor = visit("?model=explorer&z=-2.9,2.9")
    pinned = visitor.page.locator(".pinned .sentence").text_content()
    assert pinned.startswith("A guess: ")
    assert visitor.page.locator(".pinned .fractions").is_hidden()
    pin = visitor.box(".map-overlay .pin")
    visitor.press("Take me to 5")
    visitor.settle()
    visitor.page.mouse.move(pin["x"] + pin["width"] / 2, pin["y"] + pin["height"])
    visitor.page.wait_for_timeout(200)
    hovered = visitor.page.locator(".hovered .sentence").text_content()
    assert hovered == pinned.removesuffix(".")
    assert visitor.page.locator(".hovered .fractions").is_hidden()


def test_on_a_phone_pages_are_in_sight_and_a_buttons_effect_is_on_the_screen(visit):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    visitor = visit(**phone)
    for name in ("Explore", "Your digit", "Train"):
        assert visitor.page.get_by_role("link", name=name).is_visible()
    before = visitor.picture()
    visitor.page.get_by_role("button", name="Surprise me").tap()
    visitor.page.wait_for_timeout(1500)
    assert difference(visitor.picture(), before) > 0.01
    box = visitor.box("[data-testid=decoded]")
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 844


def test_a_pin_at_the_upper_edge_hangs_into_the_map(visit):
    visitor = visit("?model=explorer&z=1,99")
    pin, plane = visitor.box(".map-overlay .pin"), visitor.box(".map-overlay")
    assert pin["y"] >= plane["y"] - 6  # its outline
    assert pin["height"] > 25


def test_the_dots_can_be_swapped_for_the_digits_that_the_plane_decodes_to(visit):
    visitor = visit()
    manifold = visitor.page.locator(".map-manifold")
    assert not manifold.is_visible()
    visitor.press("Digits")
    visitor.page.wait_for_timeout(600)
    assert manifold.evaluate(INK) > 0.03
    assert chart(visitor, VISIBLE) == []
    visitor.press("Both")
    visitor.page.wait_for_timeout(600)
    assert manifold.is_visible()
    assert chart(visitor, VISIBLE) == list("0123456789")


def test_view_zoom_and_hidden_digits_are_kept_in_the_address(visit):
    visitor = visit()
    visitor.press("Both")
    visitor.press("7")
    visitor.hover(0.6, 0.4)
    visitor.page.mouse.wheel(0, -500)
    visitor.page.wait_for_timeout(800)
    zoomed = visitor.range()
    visitor.page.reload()
    visitor.ready()
    assert visitor.range() == pytest.approx(zoomed, abs=0.05)
    assert names(visitor) == list("012345689")
    assert visitor.page.locator(".map-modes [aria-pressed=true]").text_content() == "Both"


def test_a_shared_link_opens_at_its_place(visit):
    first = visit()
    first.press("Take me to 7")
    first.settle()
    query = "?" + urlsplit(first.page.evaluate("location.href")).query
    second = visit(query)
    assert second.z() == first.z()
    assert difference(second.picture(), first.picture()) < 0.005
    second.page.reload()
    second.ready()
    assert second.z() == first.z()


@pytest.mark.parametrize(
    "query", ["?z=NaN,NaN", "?z=1e30,-1e30", "?z=", "?z=1", "?z=a,b", "?model=explorer&z=1,2,3"]
)
def test_a_broken_link_opens_a_sane_place(visit, query):
    visitor = visit(query)
    x, y = visitor.z()
    assert abs(x) < 10
    assert abs(y) < 10
    assert visitor.picture().max() > 0.3
    assert not visitor.errors


def test_a_link_to_a_model_that_does_not_exist_says_so(visit):
    visitor = visit("?model=unicorn")
    assert "unicorn" in visitor.page.get_by_role("alert").first.text_content()
    assert visitor.linked()[0] == "explorer"


def test_buttons_travel_invent_morph_copy_and_save(visit, tmp_path):
    visitor = visit()
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.press("Turn one into the other")
    assert "second place" in visitor.page.locator(".lens .notice").text_content()
    visitor.press("Take me to 0")
    visitor.settle()
    assert "0s" in visitor.page.locator(".pinned .sentence").text_content()
    start = visitor.z()
    visitor.press("Surprise me")
    visitor.settle()
    end = visitor.z()
    assert end != start
    visitor.press("Turn one into the other")
    visitor.page.wait_for_timeout(1300)
    middle = visitor.z()
    assert min(start[0], end[0]) - 0.01 <= middle[0] <= max(start[0], end[0]) + 0.01
    assert middle not in (start, end)
    visitor.page.wait_for_timeout(2000)
    assert visitor.z() == end
    visitor.press("Copy link")
    copied = visitor.page.evaluate("navigator.clipboard.readText()")
    assert copied == visitor.page.evaluate("location.href")
    thumbs = visitor.page.locator(".invented .strip button")
    before = [thumb.get_attribute("aria-label") for thumb in thumbs.all()]
    visitor.press("Ten new ones")
    after = [thumb.get_attribute("aria-label") for thumb in thumbs.all()]
    assert len(after) == 10
    assert after != before
    with visitor.page.expect_download() as download:
        visitor.press("Save picture")
    download.value.save_as(tmp_path / "digit.png")
    assert (tmp_path / "digit.png").read_bytes().startswith(b"\x89PNG")


def test_a_finger_draws_without_scrolling_the_page_and_two_fingers_zoom(visit):
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    visitor = visit(**phone)
    line = visitor.page.context.new_cdp_session(visitor.page)

    def touch(kind, *places):
        points = [
            dict(zip("xy", visitor.at(*place), strict=True), id=i) for i, place in enumerate(places)
        ]
        line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        visitor.page.wait_for_timeout(30)

    before, sent = visitor.picture(), len(visitor.sent)
    touch("touchStart", (0.3, 0.3))
    for step in range(8):
        touch("touchMove", (0.3 + step / 40, 0.3 + step / 20))
    assert visitor.page.locator(".map-loupe").is_visible()
    assert difference(visitor.picture(), before) > 0.02
    assert len(visitor.sent) == sent
    under_the_finger = visitor.z()
    touch("touchEnd")
    visitor.settle()
    assert visitor.z() == under_the_finger
    assert visitor.page.evaluate("document.querySelector('.stMain').scrollTop") == 0

    whole = visitor.range()
    touch("touchStart", (0.45, 0.5))
    touch("touchStart", (0.45, 0.5), (0.55, 0.5))
    for step in range(8):
        touch("touchMove", (0.45 - step / 30, 0.5), (0.55 + step / 30, 0.5))
    touch("touchEnd")
    visitor.page.wait_for_timeout(600)
    zoomed = visitor.range()
    assert zoomed[1] - zoomed[0] < 0.8 * (whole[1] - whole[0])
    assert visitor.z() == under_the_finger


def test_visitors_do_not_disturb_each_other(visit):
    first, second = visit(), visit()
    place = second.z()
    first.press("Take me to 1")
    first.settle()
    assert second.z() == place
    assert first.z() != place


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_desk_needs_no_scrolling_and_a_phone_none_sideways(visit, scheme):
    visitor = visit(color_scheme=scheme)
    overflow = "(() => { const m = document.querySelector('.stMain'); return {s}; })()"
    assert visitor.page.evaluate(overflow.replace("{s}", "m.scrollHeight - m.clientHeight")) <= 0
    for width in (850, 700, 641, 390):
        visitor.page.set_viewport_size({"width": width, "height": 844})
        visitor.page.wait_for_timeout(500)
        assert visitor.page.evaluate(overflow.replace("{s}", "m.scrollWidth - m.clientWidth")) <= 0
    for selector in (".lens .digits button:last-child", "[data-do=save]", ".strip > :last-child"):
        box = visitor.box(selector)
        assert box["x"] + box["width"] <= 390


def test_the_longest_words_about_a_model_make_no_desk_scroll_either(visit):
    longest = max(list_models()[0], key=lambda folder: len(folder.card.description))
    visitor = visit(f"?model={longest.name}")
    assert visitor.page.get_by_text(longest.card.description[:40]).first.is_visible()
    overflow = "document.querySelector('.stMain').scrollHeight - innerHeight"
    assert visitor.page.evaluate(overflow) <= 0


def test_the_pages_words_follow_the_theme(visit):
    colours = {
        scheme: visit(color_scheme=scheme)
        .page.locator(".pinned .sentence")
        .evaluate("element => getComputedStyle(element).color")
        for scheme in ("light", "dark")
    }
    brightness = {k: sum(json.loads(f"[{v[4:-1]}]")) for k, v in colours.items()}
    assert brightness["light"] < 300
    assert brightness["dark"] > 500
