"""The Your digit page: what the machine sees in it, where it lives, how it is redrawn."""

import hashlib
from collections.abc import Callable

import numpy as np
import streamlit as st

import vae
from vae.inference import plane, posterior
from vae.inference.choice import choose
from vae.inference.reading import Reading
from vae.preprocessing.digit import Digit
from vae.store.folder import ModelFolder
from vae.ui import cache, digit_input, exports, models, reading_text, text
from vae.ui.components.digit import digit as digit_component
from vae.ui.messages import DigitAnswer, DigitData
from vae.ui.state import Answer, DigitInput, visitor

TITLE = """
## Your digit, on the machine's map
Draw, upload or photograph one digit. The machine cleans it, finds the place where it lives, and
draws it again **from that place alone**: from two numbers. That is little for all the ways to write
a digit, so it is wrong at times.
"""
ABOUT = """
**Beside the map you see what the machine sees:** your picture without shadows, cropped, and brought
to the size of the digits that it learned from; then its own copy, and where the two differ.

**On the map, the glow says how well each place explains your digit**; your picture
marks the best place. Two bright areas mean that your digit could be two things. The small ring
is the machine's first guess. Move over the map to see what it would draw there.

With only two numbers for each digit the map is wrong at times{accuracy}, and more often with
printed digits: the machine has learned from handwriting alone. To name your digit, this page also
compares the shape of its strokes with the shapes of real digits.

Your picture is sent to the server that runs this page and kept in memory for your visit. It is
never saved, and nobody else sees it.

In technical terms: the glow is the *posterior* p(z|x), computed on a fine grid and raised to the
power 0.1, so that faint areas show; the ring is two standard deviations of the *encoder's*
Gaussian.
"""
LEAST_SHOWN = 0.01  # probability of a digit that has a part in the bar
GLOW = 10.0  # nats below the peak at which the glow has faded to a third


def page(explore: object) -> None:
    """Draw the page; `explore` is the page that shows a place."""

    @st.fragment
    def show(folder: ModelFolder) -> None:
        left, right = st.columns([1, 4], gap="medium")
        latest = digit_input.latest()
        answer = _respond(folder, latest)
        with left:
            digit_input.inputs(answer, _verdict(answer) if latest.is_current else "")
        with right:
            target = _show(folder, latest, answer.message)
            if latest.is_current:
                _exports(folder, answer, target, explore)

    models.page(lambda _: TITLE, _about, show)


def _about(folder: ModelFolder | None) -> str:
    share = folder.card.metrics.get("accuracy") if folder else None
    words = f" (this one recognises {share:.0%} of new digits)" if share else ""
    return ABOUT.format(accuracy=words)


def _respond(folder: ModelFolder, latest: DigitInput) -> Answer:
    """Return what the model makes of the digit, composed once for each."""
    about = folder.name, folder.version, latest.number
    last = visitor().answer
    if last is None or last.about != about:
        model = cache.scene(folder).model
        main = choose(latest.digit, model)
        digits = sorted([main, *main.others], key=lambda digit: digit.box[0])
        chosen = next(i for i, digit in enumerate(digits) if digit is main)
        is_same_map = last is not None and last.about[0] == folder.name  # it numbers the digits
        if is_same_map and latest.chosen is not None and latest.chosen < len(digits):
            chosen = latest.chosen
        reading = vae.read(digits[chosen].image, model)
        message = _message(folder, latest.number, digits, chosen, reading)
        last = visitor().answer = Answer(about, digits, chosen, reading, message)
    return last


def _show(folder: ModelFolder, latest: DigitInput, answer: DigitAnswer) -> int:
    """Draw the digit and its map; return the digit that it turns into."""
    scene = cache.scene(folder)
    key = f"digit-{folder.name}-{folder.version}"
    data: DigitData = {
        **models.map_data(folder, "Map of digits, with yours on it: the arrow keys choose a place"),
        "withheld": not latest.is_current,
        "is_cleared": latest.is_cleared,
        "can_turn": bool(latest.file),
        "digit": answer,
    }

    def on_change() -> None:
        digit_input.change(st.session_state[key].get("change"))

    with st.container(key="latent-map"):
        digit_component(data, key=key, on_target_change=lambda: None, on_change_change=on_change)
    target = st.session_state.get(key, {}).get("target")
    return target if type(target) is int and target in scene.centers else answer["target"]


def _exports(folder: ModelFolder, answer: Answer, target: int, explore) -> None:
    """Draw the buttons that save the digit's change into another, and one that shows its place."""
    scene, place = cache.scene(folder), answer.reading.place
    path = np.linspace(place, scene.centers[target], exports.FRAMES)

    def save_button(label: str, make: Callable, kind: str) -> None:
        name = f"my digit becomes {text.with_article(target)}.{kind}"

        def data() -> bytes:
            decoded = scene.model.decode(path)
            return make(plane.to_bytes(np.concatenate([answer.digit.image[None], decoded])))

        st.download_button(label, data, name, f"image/{kind}", on_click="ignore")

    with st.container(horizontal=True):
        save_button(f"Save the morph into {text.with_article(target)} as a GIF", exports.gif, "gif")
        save_button("Save as picture strip", exports.strip, "png")
        if st.button("Show this place on Explore"):
            z1, z2 = scene.area.clamp(*place.tolist())
            visitor().pins[folder.name] = round(z1, 2), round(z2, 2)
            st.switch_page(explore)


def _message(
    folder: ModelFolder, number: int, digits: list[Digit], chosen: int, reading: Reading
) -> DigitAnswer:
    scene, digit = cache.scene(folder), digits[chosen]
    fractions = plane.rank_digits(reading.probabilities)
    others = [d for d, _ in fractions[1:] if d in scene.centers]
    shown = [(d, share) for d, share in fractions if share >= LEAST_SHOWN]
    total = sum(share for _, share in shown)
    # In a visit after a lost connection, another digit may have the same number.
    digest = hashlib.blake2b(digit.image.tobytes(), digest_size=6).hexdigest()
    modes = [] if reading.is_no_digit else reading.posterior.modes
    return {
        "id": f"{folder.name}-{folder.version}-{number}-{digest}",
        "number": number,
        "seen": _picture(digit.image),
        "redraw": _picture(reading.redraw),
        "guess": _picture(reading.encoder_redraw),
        "place": reading.place.tolist(),
        "encoder": {
            "mean": reading.encoder_mean.tolist(),
            "deviation": reading.encoder_deviation.tolist(),
        },
        "modes": [{"place": m.place, "share": m.share} for m in modes[1 : reading_text.MODES]],
        "glow": _picture(np.exp(reading.posterior.log_joint / GLOW)),
        "reach": posterior.GRID_REACH,
        "fractions": [(d, share / total) for d, share in shown],
        "target": others[0] if others else next(iter(scene.centers)),
        "sentence": reading_text.describe_digit(reading),
        "no_digit": reading_text.describe_no_digit(reading),
        "tilted": reading_text.describe_tilted(reading),
        "boxes": [each.box for each in digits],
        "chosen": chosen,
        "several": reading_text.describe_count(len(digits)),
        "turn_offer": reading_text.offer_turn(reading.likelier_turn),
        "likelier_turn": reading.likelier_turn,
        "similarity": reading_text.describe_copy(reading),
        "where": reading_text.describe_places(modes),
        "steps": [{"name": name, "jpeg": exports.jpeg(step)} for name, step in digit.steps],
    }


def _verdict(answer: Answer) -> str:
    """Return the shortest answer, for the pad on a phone."""
    message = answer.message
    return message["no_digit"] or " ".join(filter(None, [message["several"], message["sentence"]]))


def _picture(values: np.ndarray) -> str:
    return text.base64(plane.to_bytes(values))
