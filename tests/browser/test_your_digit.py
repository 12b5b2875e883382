import io
from functools import partial

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.support.browser import WINDOW
from tests.support.digits import make_digits
from tests.support.server import free_port, streamlit
from tests.support.visitor import Visitor
from vae.inference import posterior
from vae.preprocessing.digit import prepare
from vae.ui.components.pad import EXAMPLES
from vae.ui.digit_input import FIRST_EXAMPLE
from vae.ui.text import with_article

pytestmark = pytest.mark.browser

PAD = "[data-testid=pad]"


@pytest.fixture
def guest(visit):
    """A visitor of the page Your digit, who sees the first example."""

    def guest(**options):
        visitor = visit("your-digit", ready=False, **options)
        visitor.page.get_by_test_id("reading").wait_for(timeout=60_000)
        visitor.page.locator(".latent-digit[data-atlas]").wait_for(timeout=60_000)
        return visitor

    return guest


@pytest.fixture(scope="module")
def home(model):
    """Where the first example lives."""
    image = prepare(EXAMPLES[FIRST_EXAMPLE]).image
    return tuple(posterior.compute_posterior(posterior.decode_plane(model), image).peak)


def canvas(visitor, name):
    """A canvas's red channel, (28, 28) in [0, 1]."""
    script = """canvas => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
    }"""
    grey = np.array(visitor.page.get_by_test_id(name).evaluate(script)) / 255
    return grey.reshape(28, 8, 28, 8).mean(axis=(1, 3))


def reading(visitor):
    return visitor.page.get_by_test_id("reading").text_content()


def another(visitor, act):
    """Do something that gives another digit, and wait until the machine has seen it."""
    before = canvas(visitor, "seen")
    act()
    for _ in range(100):
        visitor.page.wait_for_timeout(100)
        if np.abs(canvas(visitor, "seen") - before).mean() > 0.01:
            visitor.page.wait_for_timeout(300)
            return
    raise AssertionError("the machine saw nothing new in 10 s")


def upload(visitor, name, content):
    file = {"name": name, "mimeType": "image/png", "buffer": content}
    visitor.page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(file)


def draw(visitor, points):
    """One stroke of the mouse over the pad, through places in [0, 1]."""
    box = visitor.page.locator(PAD).bounding_box()
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    visitor.page.mouse.move(*at[0])
    visitor.page.mouse.down()
    for place in at[1:]:
        visitor.page.mouse.move(*place, steps=4)
    visitor.page.mouse.up()


def glow(visitor):
    """Share of the map that the posterior's glow covers."""
    script = """canvas => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let lit = 0;
      for (let i = 3; i < data.length; i += 4) lit += data[i] > 40;
      return lit / (data.length / 4);
    }"""
    return visitor.page.locator(".digit-glow").evaluate(script)


SEVEN = [(0.25, 0.2), (0.75, 0.2), (0.6, 0.5), (0.5, 0.85)]


def test_a_newcomer_sees_an_example_its_redraw_and_its_place(guest):
    visitor = guest()
    seen, redraw = canvas(visitor, "seen"), canvas(visitor, "redraw")
    assert seen.max() > 0.8
    assert redraw.max() > 0.5
    assert 0 < np.abs(seen - redraw).mean() < 0.15
    assert canvas(visitor, "difference").max() > 0.05
    assert "7" in reading(visitor)
    assert 0.0005 < glow(visitor) < 0.3
    face = visitor.page.locator(".digit-face").bounding_box()
    chart = visitor.box(".map-chart")
    assert chart["x"] < face["x"] + 22 < chart["x"] + chart["width"]
    assert not visitor.errors


def test_an_uploaded_digit_is_seen_placed_and_redrawn(guest):
    visitor = guest()
    another(visitor, lambda: upload(visitor, "two.jpg", EXAMPLES[2]))
    assert "2" in reading(visitor)
    assert canvas(visitor, "redraw").max() > 0.5
    assert 0.0005 < glow(visitor) < 0.3


def test_a_bad_file_is_a_sentence_and_the_digit_stays(guest):
    visitor = guest()
    before = canvas(visitor, "seen")
    upload(visitor, "broken.png", b"\x89PNG\r\n\x1a\n no more")
    visitor.page.get_by_test_id("stAlert").wait_for()
    np.testing.assert_array_equal(canvas(visitor, "seen"), before)
    assert visitor.page.locator(".withheld").is_visible()  # the answer is about the one before
    another(visitor, lambda: upload(visitor, "two.jpg", EXAMPLES[2]))
    assert not visitor.page.locator(".withheld").is_visible()
    assert visitor.page.get_by_test_id("stAlert").count() == 0


def test_a_drawing_by_mouse_is_read_undone_and_cleared(guest):
    visitor = guest()
    another(visitor, lambda: draw(visitor, SEVEN))
    assert "7" in reading(visitor)
    one = canvas(visitor, "seen")
    another(visitor, lambda: draw(visitor, [(0.35, 0.55), (0.75, 0.5)]))
    another(visitor, lambda: visitor.press("Undo"))
    np.testing.assert_allclose(canvas(visitor, "seen"), one, atol=0.02)
    visitor.press("Clear")
    assert visitor.page.get_by_role("button", name="Clear").is_disabled()
    empty = visitor.page.locator(PAD).evaluate(
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.every(v => v === 0)"
    )
    assert empty
    visitor.page.get_by_test_id("reading").wait_for(state="hidden")  # nothing to answer
    another(visitor, lambda: draw(visitor, [(0.5, 0.2), (0.5, 0.8)]))
    assert visitor.page.get_by_test_id("reading").is_visible()


def test_a_finger_draws_and_the_page_does_not_scroll(guest):
    visitor = guest(viewport={"width": 390, "height": 844}, has_touch=True)
    pad = visitor.page.locator(PAD)
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    scrolled = "document.querySelector('.stMain').scrollTop"
    before = visitor.page.evaluate(scrolled)
    touch = visitor.page.context.new_cdp_session(visitor.page)

    def stroke():
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in SEVEN]
        for i, (x, y) in enumerate(places):
            kind = "touchStart" if i == 0 else "touchMove"
            touch.send(
                "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]}
            )
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    another(visitor, stroke)
    assert "7" in reading(visitor)
    assert visitor.page.evaluate(scrolled) == before
    width = "document.documentElement.scrollWidth"
    assert visitor.page.evaluate(width) <= 390


def test_noise_is_removed_without_a_message_to_the_server(guest):
    visitor = guest()
    another(visitor, lambda: visitor.press("Example: a 0"))
    clean, redraw = canvas(visitor, "seen"), canvas(visitor, "redraw")
    sent = len(visitor.sent)
    visitor.page.get_by_label("add noise").fill("30")
    visitor.page.wait_for_timeout(500)
    dirty, cleaned = canvas(visitor, "seen"), canvas(visitor, "redraw")
    assert np.abs(dirty - clean).mean() > 0.05
    assert np.abs(cleaned - redraw).mean() < 0.5 * np.abs(dirty - clean).mean()
    assert len(visitor.sent) == sent


def test_the_first_guess_is_shown_and_so_is_where_it_stands(guest):
    visitor = guest()
    best, ghost = canvas(visitor, "redraw"), visitor.page.locator(".map-overlay .ghost")
    assert not ghost.is_visible()
    visitor.press("Show the first guess")
    visitor.page.get_by_text("The first guess", exact=True).wait_for()
    stands, ellipse = ghost.bounding_box(), visitor.box(".digit-marks .guess")
    for start, size in (("x", "width"), ("y", "height")):
        middle = ellipse[start] + ellipse[size] / 2
        assert stands[start] + stands[size] / 2 == pytest.approx(middle, abs=1)
    assert np.abs(canvas(visitor, "redraw") - best).mean() > 0.001
    visitor.press("Show the best copy")
    visitor.page.wait_for_timeout(300)
    assert not ghost.is_visible()
    np.testing.assert_array_equal(canvas(visitor, "redraw"), best)


def test_a_morph_plays_sends_the_digit_alone_and_can_be_saved(guest):
    visitor = guest()
    before = canvas(visitor, "redraw")
    received = len(visitor.received)
    visitor.page.get_by_role("button", name="Turn it into 0").click()
    visitor.page.wait_for_timeout(2400)
    assert np.abs(canvas(visitor, "redraw") - before).mean() > 0.03
    visitor.page.get_by_text("The machine's copy", exact=True).wait_for(timeout=15_000)
    np.testing.assert_allclose(canvas(visitor, "redraw"), before, atol=0.02)
    # The answer about the digit is not sent again.
    assert sum(map(len, visitor.received[received:])) < 10_000
    for button, kind, name in [
        ("Save the morph into a 0 as a GIF", "GIF", "my digit becomes a 0.gif"),
        ("Save as picture strip", "PNG", "my digit becomes a 0.png"),
    ]:
        with visitor.page.expect_download() as download:
            visitor.press(button)
        assert download.value.suggested_filename == name
        assert Image.open(io.BytesIO(download.value.path().read_bytes())).format == kind


def test_show_this_place_on_explore_carries_the_place_over(guest, home):
    visitor = guest()
    visitor.press("Show this place on Explore")
    visitor.page.get_by_test_id("z").wait_for(timeout=30_000)
    visitor.page.wait_for_timeout(1500)
    z = visitor.z()
    assert z == pytest.approx(home, abs=0.02)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_telephone(guest, scheme):
    visitor = guest(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_digit_of_mnist_s_kind_comes_back_as_it_was(guest):
    visitor = guest()
    picture = make_digits(1, seed=3).images[0]
    made = io.BytesIO()
    Image.fromarray(picture).save(made, "PNG")
    another(visitor, lambda: upload(visitor, "mine.png", made.getvalue()))
    assert canvas(visitor, "seen").max() > 0.8


def test_going_to_and_fro_between_the_pages_leaves_one_map_and_no_complaint(guest):
    visitor = guest()
    complaints = []
    visitor.page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    for _ in range(2):
        visitor.page.get_by_role("link", name="Explore").click()
        visitor.page.get_by_test_id("z").wait_for(timeout=30_000)
        visitor.page.locator(".latent-explore[data-atlas]").wait_for(timeout=30_000)
        visitor.page.get_by_role("link", name="Your digit").click()
        visitor.page.get_by_test_id("reading").wait_for(timeout=30_000)
        visitor.page.locator(".latent-digit[data-atlas]").wait_for(timeout=30_000)
    visitor.page.wait_for_timeout(500)
    for part in (".map-modes", ".digit-glow", ".digit-face", ".digit-marks", ".js-plotly-plot"):
        assert visitor.page.locator(part).count() == 1, part
    assert not [text for text in complaints if "404" not in text]
    assert not visitor.errors


def test_show_this_place_on_explore_moves_the_pin_that_was_left_there(guest, home):
    visitor = guest()
    visitor.page.get_by_role("link", name="Explore").click()
    visitor.page.get_by_test_id("z").wait_for(timeout=30_000)
    visitor.page.wait_for_timeout(1500)
    start = visitor.z()
    visitor.page.get_by_role("link", name="Your digit").click()
    visitor.page.get_by_test_id("reading").wait_for(timeout=30_000)
    visitor.press("Show this place on Explore")
    visitor.page.get_by_test_id("z").wait_for(timeout=30_000)
    visitor.page.wait_for_timeout(2000)
    assert visitor.z() != start
    assert visitor.z() == pytest.approx(home, abs=0.02)


def test_a_click_and_the_arrow_keys_choose_a_place_on_the_map(guest):
    visitor = guest()
    best = canvas(visitor, "redraw")
    visitor.page.mouse.click(*visitor.at(0.45, 0.5))
    visitor.page.mouse.move(5, 5)
    visitor.page.get_by_text("Drawn at the pin").wait_for()
    chosen = canvas(visitor, "redraw")
    assert np.abs(chosen - best).mean() > 0.02
    for _ in range(5):
        visitor.page.keyboard.press("Shift+ArrowRight")
    visitor.page.wait_for_timeout(300)
    assert np.abs(canvas(visitor, "redraw") - chosen).mean() > 0.02
    visitor.press("Back to the best copy")
    visitor.page.wait_for_timeout(300)
    np.testing.assert_allclose(canvas(visitor, "redraw"), best, atol=0.01)


def test_what_is_no_digit_is_said_first(guest):
    visitor = guest()
    another(visitor, lambda: draw(visitor, [(0.1, 0.1), (0.9, 0.9), (0.9, 0.1), (0.1, 0.9)]))
    unfamiliar = visitor.page.get_by_test_id("unfamiliar")
    assert "does not look like a digit" in unfamiliar.text_content()
    assert unfamiliar.bounding_box()["y"] < visitor.box("[data-testid=reading]")["y"]


# Several digits, turns, files that cannot be read

ONE = [(0.25, 0.25), (0.25, 0.75)]
TWO = [(0.6, 0.35), (0.7, 0.25), (0.8, 0.35), (0.6, 0.75), (0.85, 0.75)]


def two_digits():
    """A file with a 1 and, on its right, a 2."""
    image = Image.new("L", (600, 600), 255)
    for points in (ONE, TWO):
        places = [(600 * x, 600 * y) for x, y in points]
        ImageDraw.Draw(image).line(places, fill=0, width=30, joint="curve")
    made = io.BytesIO()
    image.save(made, "PNG")
    return made.getvalue()


def boxes(visitor, part):
    """The box of the digit that is read, and that of the other one."""
    layer = visitor.page.locator(part)
    return layer.locator("[aria-pressed=true]"), layer.locator("[aria-pressed=false]")


def test_another_digit_of_a_picture_is_read_by_a_click_and_by_enter(guest):
    visitor = guest()
    another(visitor, lambda: upload(visitor, "two.png", two_digits()))
    assert visitor.page.get_by_test_id("several").text_content().startswith("I see 2 digits")
    chosen, other = boxes(visitor, ".source .latent-boxes")
    first, place = canvas(visitor, "seen"), other.bounding_box()["x"]
    another(visitor, other.click)
    assert chosen.bounding_box()["x"] == pytest.approx(place, abs=8)
    other.focus()
    another(visitor, lambda: visitor.page.keyboard.press("Enter"))
    np.testing.assert_allclose(canvas(visitor, "seen"), first, atol=0.01)


def test_another_digit_on_the_pad_is_read_by_a_tap_and_a_stroke_over_it_is_drawn(guest):
    visitor = guest()
    another(visitor, lambda: draw(visitor, TWO))
    draw(visitor, ONE)
    _, other = boxes(visitor, ".latent-pad .latent-boxes")
    other.wait_for()
    visitor.page.wait_for_timeout(500)
    drawn = visitor.page.locator(PAD).screenshot()
    another(visitor, other.click)
    visitor.page.mouse.move(5, 5)
    assert other.count() == 1
    assert "chosen" in str(visitor.sent[-1])
    visitor.press("Undo")  # the tap left no dot: the 1 goes, which was drawn last
    other.wait_for(state="detached")
    assert drawn != visitor.page.locator(PAD).screenshot()
    draw(visitor, ONE)
    other.wait_for()
    box = other.bounding_box()
    at = box["y"] + box["height"] / 2
    visitor.page.mouse.move(box["x"] + 1, at)
    visitor.page.mouse.down()
    visitor.page.mouse.move(box["x"] + box["width"] - 1, at, steps=4)
    visitor.page.mouse.up()
    visitor.page.wait_for_timeout(1000)
    assert "strokes" in str(visitor.sent[-1])


def test_a_picture_is_turned_and_mirrored(guest):
    visitor = guest()
    another(visitor, lambda: upload(visitor, "four.jpg", EXAMPLES[4]))
    upright = canvas(visitor, "seen")
    another(visitor, lambda: visitor.press("Turn the picture by a quarter"))
    turned = canvas(visitor, "seen")
    assert np.abs(turned - np.rot90(upright, -1)).mean() < 0.05
    another(visitor, lambda: visitor.press("Mirror the picture"))
    assert np.abs(canvas(visitor, "seen") - turned[:, ::-1]).mean() < 0.05
    another(visitor, lambda: visitor.press("Mirror the picture"))
    for _ in range(3):
        another(visitor, lambda: visitor.press("Turn the picture by a quarter"))
    np.testing.assert_allclose(canvas(visitor, "seen"), upright, atol=0.01)
    another(visitor, lambda: draw(visitor, SEVEN))
    assert not visitor.page.locator(".source").is_visible()  # a drawing needs no turning


def test_a_file_of_any_kind_is_answered_in_our_words_and_the_old_answer_is_dimmed(guest):
    visitor = guest()
    answer = visitor.page.locator(".latent-digit .verdict")
    opacity = "element => Number(getComputedStyle(element).opacity)"
    assert answer.evaluate(opacity) == 1
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)
    for name, content, word in (("a.heic", heic, "HEIC"), ("a.txt", b"seven", "not a picture")):
        upload(visitor, name, content)
        visitor.page.get_by_test_id("stAlert").filter(has_text=word).wait_for()
        visitor.page.locator(".withheld").wait_for()
        visitor.page.wait_for_timeout(300)
        assert answer.evaluate(opacity) < 0.5
    another(visitor, lambda: upload(visitor, "two.jfif", EXAMPLES[2]))
    visitor.page.wait_for_timeout(300)
    assert answer.evaluate(opacity) == 1


def test_files_that_are_too_large_are_refused_in_our_words(guest, tmp_path):
    visitor = guest()
    film, chip = tmp_path / "film.mov", visitor.page.get_by_test_id("stFileChip")

    def upload_film(megabytes):
        with film.open("wb") as file:
            file.truncate(megabytes * 2**20)
        visitor.page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(film)

    upload_film(41)
    visitor.page.get_by_test_id("stAlert").filter(has_text="too large: 41.0 MB").wait_for()
    visitor.page.locator(".withheld").wait_for()
    chip.wait_for(state="detached")
    upload_film(120)  # more than the server takes: the browser keeps it
    chip.wait_for()
    words = "section => getComputedStyle(section, '::after').content"
    box = visitor.page.get_by_test_id("stFileUploaderDropzone")
    assert "did not get through" in box.evaluate(words)
    another(visitor, lambda: upload(visitor, "two.jpg", EXAMPLES[2]))
    assert "did not get through" not in box.evaluate(words)


def test_on_a_small_map_the_digit_s_face_is_whole_and_covers_no_name(guest):
    visitor = guest(viewport={"width": 390, "height": 844})
    for digit in range(10):
        if digit != FIRST_EXAMPLE:
            another(visitor, partial(visitor.press, f"Example: {with_article(digit)}"))
        face, chart = visitor.box(".digit-face"), visitor.box(".map-plane")
        assert face["y"] >= chart["y"]
        assert face["y"] + face["height"] <= chart["y"] + chart["height"]
        for name in visitor.page.locator(".names .name").all():
            box = name.bounding_box()
            across, down = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            assert not (
                face["x"] < across < face["x"] + face["width"]
                and face["y"] < down < face["y"] + face["height"]
            )


def test_pad_and_answer_are_about_the_same_digit_after_a_restart_of_the_server(chromium):
    port = free_port()
    page = chromium.new_context(viewport=WINDOW).new_page()
    with streamlit(port=port) as server:
        visitor = Visitor(page, f"{server.url}/your-digit")
        page.locator(".latent-digit[data-atlas]").wait_for(timeout=60_000)
        another(visitor, lambda: draw(visitor, ONE))
        before, sent = canvas(visitor, "seen"), len(visitor.sent)
    with streamlit(port=port):
        for _ in range(300):
            page.wait_for_timeout(100)
            if "strokes" in str(visitor.sent[sent:]):  # the pad tells the new server
                break
        page.wait_for_timeout(2000)
        np.testing.assert_allclose(canvas(visitor, "seen"), before, atol=0.01)
        assert page.locator(".paper.used").count() == 1
        another(visitor, lambda: visitor.press("Example: a 2"))
        assert page.locator(".paper.used").count() == 0
    page.context.close()


def test_a_browser_that_scrambles_its_canvases_draws_all_the_same(guest):
    visitor = guest()
    visitor.page.evaluate(
        """() => {
          const read = CanvasRenderingContext2D.prototype.getImageData;
          CanvasRenderingContext2D.prototype.getImageData = function (...box) {
            const image = read.apply(this, box);
            crypto.getRandomValues(image.data.subarray(0, 65536));
            return image;
          };
        }"""
    )
    draw(visitor, ONE)
    visitor.page.get_by_test_id("reading").filter(has_text="1").wait_for()
