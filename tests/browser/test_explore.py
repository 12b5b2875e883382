import json
from urllib.parse import urlsplit

import numpy as np
import pytest

from tests.bench import server
from tests.browser.conftest import WIDE
from vae.store.folder import list_models

pytestmark = pytest.mark.browser

COMPILED = "v8.compileModule"  # Chromium's name for it, be it anew or from what it has kept


def difference(a, b):
    return np.abs(a - b).mean()


def test_a_newcomer_sees_ten_coloured_digits_and_a_picture(visit, model):
    visitor = visit()
    traces = visitor.page.evaluate(
        "document.querySelector('.js-plotly-plot')._fullData.map(t => [t.type, t.name, t.x.length])"
    )
    assert [name for _, name, _ in traces] == list("0123456789")
    assert {kind for kind, _, _ in traces} == {"scattergl"}
    assert sum(count for _, _, count in traces) == 10_000
    assert visitor.picture().max() > 0.8
    assert difference(visitor.picture(), model.decode(np.array([visitor.z()]))[0]) < 0.03
    assert not visitor.errors


def test_the_map_is_drawn_once(visit):
    visitor = visit(viewport={"width": 1391, "height": 900})  # see `charts` for the height
    visitor.page.add_init_script("""
      window.contexts = 0;
      const { getContext } = HTMLCanvasElement.prototype;
      HTMLCanvasElement.prototype.getContext = function (kind, wishes) {
        window.contexts += kind === "webgl";
        return getContext.call(this, kind, wishes);
      };
      window.drawn = 0;
      const draw = WebGLRenderingContext.prototype.drawArrays;
      WebGLRenderingContext.prototype.drawArrays = function (...rest) {
        window.drawn++;
        draw.apply(this, rest);
      };
    """)
    visitor.page.reload()
    visitor.ready()
    assert visitor.page.evaluate("window.drawn") == 10  # one call a digit
    assert visitor.page.evaluate("window.contexts") == 1


def test_who_comes_back_has_the_maps_library_compiled(chromium, address, tmp_path):
    def visits(count):
        """In a Chromium with that profile: what it takes from its store of compiled modules."""
        context = chromium.browser_type.launch_persistent_context(
            tmp_path,
            executable_path=server.chromium_path(),
            args=server.CHROMIUM_ARGUMENTS,
            viewport=WIDE,
        )
        (page,) = context.pages
        events = []
        line = context.new_cdp_session(page)
        line.on("Tracing.dataCollected", lambda message: events.extend(message["value"]))
        line.send("Tracing.start", {"categories": "v8,disabled-by-default-v8.compile"})
        for _ in range(count):
            page.goto(address)
            server.wait_until_drawn(page)
            page.wait_for_timeout(1500)  # what is compiled is kept when there is time
        line.send("Tracing.end")
        page.wait_for_timeout(1000)
        context.close()
        compiled = [event["args"]["data"] for event in events if event["name"] == COMPILED]
        return [data.get("consumedCacheSize", 0) for data in compiled if "Plotly" in data["url"]]

    assert visits(2) == [0, 0]  # the first time it is not known whether it will be wanted again
    (bytes_taken,) = visits(1)
    assert bytes_taken > 1_000_000


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
    assert sum(map(len, visitor.received[received:])) < 20_000
    assert visitor.linked() == ("explorer", visitor.z())
    visitor.page.mouse.move(5, 5)
    visitor.page.wait_for_timeout(200)
    assert difference(visitor.picture(), model.decode(np.array([visitor.z()]))[0]) < 0.02
    assert visitor.page.locator(".kin .strip canvas").count() == 10


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
    whole, pin = visitor.range(), visitor.box(".latent-overlay .pin")
    visitor.hover(0.25, 0.25)
    for _ in range(4):
        visitor.page.mouse.wheel(0, -300)
        visitor.page.wait_for_timeout(300)
    zoomed = visitor.range()
    assert zoomed[1] - zoomed[0] < 0.8 * (whole[1] - whole[0])
    assert visitor.box(".latent-overlay .pin")["x"] > pin["x"] + 30
    visitor.page.mouse.move(*visitor.at(0.2, 0.8))
    visitor.page.mouse.down()
    visitor.page.mouse.move(*visitor.at(0.3, 0.7), steps=6)
    visitor.page.mouse.up()
    visitor.page.wait_for_timeout(300)
    panned = visitor.range()
    assert panned[0] < zoomed[0] - 0.05
    visitor.click(0.6, 0.4)
    visitor.press("Both")
    visitor.press("Take me to 7")
    visitor.settle()
    assert visitor.range() == pytest.approx(panned)


def test_the_pin_can_be_dragged(visit):
    visitor = visit()
    visitor.click(0.5, 0.5)
    pin, before, whole = visitor.box(".latent-overlay .pin"), visitor.z(), visitor.range()
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
    assert visitor.range() == pytest.approx(whole)
    assert not visitor.errors


def test_the_legend_hides_a_digit_with_its_glyph(visit):
    visitor = visit()
    glyphs = visitor.page.locator(".latent-overlay .glyph")
    assert glyphs.all_text_contents() == list("0123456789")
    visitor.page.locator(".legendtoggle").nth(4).click()
    visitor.page.wait_for_timeout(900)  # Plotly waits for a double click
    assert glyphs.all_text_contents() == list("012356789")


def test_the_pin_does_not_cover_the_name_of_the_digit_that_it_stands_on(visit):
    visitor = visit()
    glyph = visitor.page.locator(".latent-overlay .glyph").nth(7)
    away = glyph.bounding_box()
    visitor.press("Take me to 7")
    visitor.settle()
    pin, beside = visitor.box(".latent-overlay .pin"), glyph.bounding_box()
    assert beside["y"] + beside["height"] / 2 > pin["y"] + pin["height"]
    assert beside["x"] == pytest.approx(away["x"], abs=1)
    visitor.press("Take me to 0")
    visitor.settle()
    assert glyph.bounding_box() == pytest.approx(away, abs=1)


def test_a_name_goes_where_there_is_no_room_beside_the_pin(visit):
    visitor = visit()
    names = visitor.page.locator(".latent-overlay .glyph")
    visitor.press("Take me to 9")  # the 4 is right below it
    visitor.settle()
    assert names.nth(9).evaluate("name => getComputedStyle(name).opacity") == "0"
    assert names.nth(4).evaluate("name => getComputedStyle(name).opacity") == "1"
    assert not names.nth(4).evaluate("name => name.style.transform")


def test_a_pin_at_the_upper_edge_hangs_into_the_map(visit):
    visitor = visit("?model=explorer&z=1,99")
    pin, plane = visitor.box(".latent-overlay .pin"), visitor.box(".latent-overlay")
    assert pin["y"] >= plane["y"] - 6  # its outline
    assert pin["height"] > 25


def test_what_is_known_about_the_pin_fades_while_the_picture_is_elsewhere(visit):
    visitor = visit()
    opacity = "known => getComputedStyle(known).opacity"
    known = visitor.page.locator(".known")
    assert known.evaluate(opacity) == "1"
    slider = visitor.page.get_by_label("z1").bounding_box()
    visitor.page.mouse.move(slider["x"] + slider["width"] / 2, slider["y"] + slider["height"] / 2)
    visitor.page.mouse.down()
    visitor.page.wait_for_timeout(500)
    assert float(known.evaluate(opacity)) < 0.5
    visitor.page.mouse.up()
    visitor.settle()
    visitor.page.wait_for_timeout(300)
    assert known.evaluate(opacity) == "1"


def test_the_dots_can_be_swapped_for_the_digits_that_the_plane_decodes_to(visit):
    visitor = visit()
    manifold = visitor.page.locator(".latent-manifold")
    ink = """canvas => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let sum = 0;
      for (let i = 3; i < data.length; i += 4) sum += data[i];
      return sum / (data.length / 4) / 255;
    }"""
    assert not manifold.is_visible()
    visitor.press("Digits")
    visitor.page.wait_for_timeout(400)
    assert manifold.evaluate(ink) > 0.03
    dots = visitor.page.locator(".gl-container").first
    assert dots.evaluate("element => getComputedStyle(element).opacity") == "0"
    visitor.press("Both")
    visitor.page.wait_for_timeout(400)
    assert manifold.is_visible()
    assert float(dots.evaluate("element => getComputedStyle(element).opacity")) > 0.3


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
    assert visitor.page.get_by_role("button", name="Play morph").is_disabled()
    visitor.press("Take me to 0")
    visitor.settle()
    assert "0s" in visitor.page.locator(".reading").text_content()
    start = visitor.z()
    visitor.press("Surprise me")
    visitor.settle()
    end = visitor.z()
    assert end != start
    visitor.press("Play morph")
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
    visitor.press("Ten more like these")
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
    assert visitor.page.locator(".latent-bubble").is_visible()
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
    for selector in (".digits button:last-child", "[data-do=save]", ".strip > :last-child"):
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
        .page.locator(".reading")
        .evaluate("element => getComputedStyle(element).color")
        for scheme in ("light", "dark")
    }
    brightness = {k: sum(json.loads(f"[{v[4:-1]}]")) for k, v in colours.items()}
    assert brightness["light"] < 300
    assert brightness["dark"] > 500
