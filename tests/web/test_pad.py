import pytest

pytestmark = pytest.mark.browser

# Mount a pad in the page's body and let `act(pad)` play with it; gives what `act` returns.
PLAY = """async ({ default: mount }, [html, strokes]) => {
  document.body.innerHTML = html;
  const sent = [];
  const examples = Array(10).fill("data:,");
  const answer = { verdict: "It is a 1.", boxes: [], chosen: 0 };
  const data = { examples, number: 1, sheet: 0, strokes, ...answer };
  const part = mount(document.body, data, { trigger: (name, value) => sent.push([name, value]) });
  const canvas = document.querySelector("canvas");
  canvas.setPointerCapture = () => {}; // no real pointer is down
  const box = canvas.getBoundingClientRect();
  const touchOn = (element, kind, x, y) => {
    const place = { clientX: box.left + x * box.width, clientY: box.top + y * box.height };
    const options = { button: 0, pointerId: 1, bubbles: true, ...place };
    element.dispatchEvent(new PointerEvent(`pointer${kind}`, options));
  };
  const touch = (kind, x, y) => touchOn(canvas, kind, x, y);
  const touchBox = (number, x, y) =>
    touchOn(document.querySelector(`.latent-boxes button:nth-child(${number})`), "down", x, y);
  const draw = () => { touch("down", 0.25, 0.5); touch("move", 0.5, 0.5); touch("up", 0.5, 0.5); };
  const press = (name) => document.querySelector(name).click();
  const pen = canvas.getContext("2d");
  const ink = () => pen.getImageData(0, 0, 560, 560).data.some((value) => value);
  const verdict = document.querySelector(".verdict");
  return await (%s)({ part, data, sent, touch, touchBox, draw, press, ink, verdict });
}"""
STROKE = [[0.25, 0.5], [0.5, 0.5]]


@pytest.fixture
def play(module_page):
    """`play(act, strokes)` mounts a pad with these strokes and returns what `act` does."""
    from vae.ui.assets import WEB

    html = (WEB / "pad/pad.html").read_text("utf-8")

    def play(act, strokes=()):
        return module_page("pad/pad.js")(PLAY % act, [html, list(strokes)])

    return play


def test_strokes_are_sent_when_one_ends_and_after_undo_and_clear(play):
    sent = play(
        """({ sent, draw, press }) => {
          draw(); draw(); press("[data-do=undo]"); press("[data-do=clear]"); return sent;
        }"""
    )
    assert [name for name, _ in sent] == ["input"] * 4
    counts = [[STROKE], [STROKE, STROKE], [STROKE], []]
    assert [message["strokes"] for _, message in sent] == counts


def test_an_example_is_sent_by_its_digit(play):
    sent = play("({ sent, press }) => { press('.strip button:nth-child(4)'); return sent; }")
    assert sent == [["input", {"example": 3}]]


def test_a_new_sheet_replaces_the_strokes_and_the_same_sheet_keeps_them(play):
    act = """({ part, data, draw, ink }) => {
      draw();
      part.update({ ...data, strokes: [] });
      const kept = ink();
      part.update({ ...data, strokes: [], sheet: 1 });
      return [kept, ink()];
    }"""
    assert play(act) == [True, False]


def test_an_answer_in_the_midst_of_a_stroke_does_not_break_it(play):
    act = """({ part, data, sent, touch }) => {
      touch("down", 0.25, 0.5); part.update({ ...data, verdict: "A 7." });
      touch("move", 0.5, 0.5); touch("up", 0.5, 0.5); return sent.at(-1)[1].strokes;
    }"""
    assert play(act) == [STROKE]


def test_the_strokes_of_an_earlier_visit_are_back_with_their_verdict(play):
    act = "({ ink, verdict }) => [ink(), verdict.hidden, verdict.textContent]"
    assert play(act, [STROKE]) == [True, False, "It is a 1. See more ↓"]


def test_a_server_that_has_forgotten_the_drawing_gets_it_again(play):
    act = """({ part, data, sent, draw, ink }) => {
      draw();
      part.update({ ...data, number: 2 });
      const before = sent.length;
      part.update({ ...data, number: 0, sheet: 3 });
      return [ink(), sent.length - before, sent.at(-1)[1].strokes];
    }"""
    assert play(act) == [True, 1, [STROKE]]


BOXES = "[[0, 0.2, 0.3, 0.8], [0.6, 0.2, 0.9, 0.8]]"


def test_enter_on_another_box_chooses_that_digit(play):
    act = f"""({{ part, data, sent, press }}) => {{
      part.update({{ ...data, boxes: {BOXES} }});
      press(".latent-boxes button:nth-child(1)");
      press(".latent-boxes button:nth-child(2)");
      return sent;
    }}"""
    assert play(act, [STROKE]) == [["input", {"number": 1, "chosen": 1}]]


def test_a_tap_on_another_box_chooses_and_a_stroke_from_there_is_drawn(play):
    act = f"""({{ part, data, sent, touch, touchBox }}) => {{
      part.update({{ ...data, boxes: {BOXES} }});
      touchBox(2, 0.7, 0.5); touch("up", 0.7, 0.5);
      touchBox(2, 0.7, 0.5); touch("move", 0.8, 0.5); touch("up", 0.8, 0.5);
      const left = document.querySelectorAll(".latent-boxes button").length;
      return [sent.map(([, input]) => Object.keys(input)), left];
    }}"""
    assert play(act, [STROKE]) == [[["number", "chosen"], ["strokes"]], 0]


def test_one_digit_alone_has_no_box(play):
    act = """({ part, data }) => {
      part.update({ ...data, boxes: [[0, 0, 1, 1]] });
      return document.querySelectorAll(".latent-boxes button").length;
    }"""
    assert play(act, [STROKE]) == 0


def test_strokes_that_a_lost_connection_has_swallowed_are_sent_again_until_answered(play):
    act = """async ({ part, data, sent, draw }) => {
      const later = () => new Promise((resolve) => setTimeout(resolve, 3200));
      draw();
      await later();
      part.update({ ...data, strokes: sent[0][1].strokes });
      await later();
      return sent.map(([, input]) => input.strokes);
    }"""
    assert play(act) == [[STROKE], [STROKE]]
