"""The Your digit page: what the machine sees in it, where it lives, how it is redrawn."""

from collections.abc import Callable

import numpy as np
import streamlit as st

import vae
from vae.inference import plane, posterior
from vae.inference.reading import Reading
from vae.store.folder import ModelFolder
from vae.ui import cache, digit_input, exports, models, text
from vae.ui.components.digit import digit as digit_component
from vae.ui.messages import DigitAnswer, DigitData
from vae.ui.state import DigitInput, visitor

TITLE = """
## Your digit, on the machine's map
Draw, upload or photograph one digit. The machine cleans it, finds the place where it lives, and
draws it again **from that place alone**: from two numbers.
"""
ABOUT = """
**Beside the map you see what the machine sees:** your picture without shadows, cropped, and brought
to the size of the digits that it learned from; then its own copy, and where the two differ.

**On the map, the glow says how well each place explains your digit**; your picture
marks the best place. Two bright areas mean that your digit could be two things. The small ring
is the machine's first guess. Move over the map to see what it would draw there.

With only two numbers for each digit the machine is often wrong{accuracy}, and more often with
printed digits: it has learned from handwriting alone.

Your picture is sent to the server that runs this page and kept in memory for your visit. It is
never saved, and nobody else sees it.

In technical terms: the glow is the *posterior* p(z|x), computed on a fine grid and raised to the
power 0.1, so that faint areas show; the ring is two standard deviations of the *encoder's*
Gaussian.
"""
UNFAMILIAR = "This does not look like any digit that the machine knows."
GLOW = 10.0  # nats below the peak at which the glow has faded to a third
CLEAR = 0.85  # probability from which a digit is named without a doubt
# Words for a similarity, up to which rank among real test digits each holds.
SIMILARITY = (("poor", 0.1), ("below average", 0.4), ("average", 0.6), ("better than most", 1.0))
MODES = 3  # places that are counted and marked, at most
MENTIONED = 0.05  # probability from which another digit is named


def page(explore: object) -> None:
    """Draw the page; `explore` is the page that shows a place."""

    @st.fragment
    def show(folder: ModelFolder) -> None:
        left, right = st.columns([1, 4], gap="medium")
        latest = digit_input.latest()
        reading, answer = _respond(folder, latest)
        with left:
            digit_input.inputs(_sentence(reading) if latest.is_current else "")
        with right:
            target = _show(folder, latest, answer)
            _exports(folder, latest, reading, target, explore)

    models.page(lambda _: TITLE, _about, show)


def _about(folder: ModelFolder | None) -> str:
    share = folder.card.metrics.get("accuracy") if folder else None
    words = f" (with this map it recognises {share:.0%} of new digits)" if share else ""
    return ABOUT.format(accuracy=words)


def _respond(folder: ModelFolder, latest: DigitInput) -> tuple[Reading, DigitAnswer]:
    """Return what the model makes of the digit, and the message of it, computed once for each."""
    key = folder.name, folder.version, latest.number
    last = visitor().reading
    if last is None or last[0] != key:
        reading = vae.read(latest.digit, cache.scene(folder).model)
        last = visitor().reading = key, reading, _answer(folder, latest, reading)
    return last[1:]


def _show(folder: ModelFolder, latest: DigitInput, answer: DigitAnswer) -> int:
    """Draw the digit and its map; return the digit that it turns into."""
    scene = cache.scene(folder)
    key = f"digit-{folder.name}-{folder.version}"
    data: DigitData = {
        **models.map_data(folder, "Map of digits, with yours on it: the arrow keys choose a place"),
        "withheld": not latest.is_current,
        "digit": answer,
    }
    with st.container(key="latent-map"):
        digit_component(data, key=key, on_target_change=lambda: None)
    target = st.session_state.get(key, {}).get("target")
    return target if type(target) is int and target in scene.centers else answer["target"]


def _exports(folder, latest, reading, target, explore) -> None:
    """Draw the buttons that save the digit's change into another, and one that shows its place."""
    scene = cache.scene(folder)
    path = np.linspace(reading.place, scene.centers[target], exports.FRAMES)

    def save_button(label: str, make: Callable, kind: str) -> None:
        name = f"my digit becomes {_a(target)}.{kind}"

        def data() -> bytes:
            decoded = scene.model.decode(path)
            return make(plane.to_bytes(np.concatenate([latest.digit.image[None], decoded])))

        st.download_button(label, data, name, f"image/{kind}", on_click="ignore")

    with st.container(horizontal=True):
        save_button(f"Save the morph into {_a(target)} as a GIF", exports.gif, "gif")
        save_button("Save as picture strip", exports.strip, "png")
        if st.button("Show this place on Explore"):
            z1, z2 = scene.area.clamp(*reading.place.tolist())
            visitor().pins[folder.name] = round(z1, 2), round(z2, 2)
            st.switch_page(explore)


def _answer(folder: ModelFolder, latest: DigitInput, reading: Reading) -> DigitAnswer:
    scene, digit = cache.scene(folder), latest.digit
    fractions = plane.rank_digits(reading.probabilities)
    others = [d for d, _ in fractions[1:] if d in scene.centers]
    return {
        "id": f"{folder.name}-{folder.version}-{latest.number}",
        "number": latest.number,
        "seen": _picture(digit.image),
        "redraw": _picture(reading.redraw),
        "guess": _picture(reading.encoder_redraw),
        "place": reading.place.tolist(),
        "encoder": {
            "mean": reading.encoder_mean.tolist(),
            "deviation": reading.encoder_deviation.tolist(),
        },
        "modes": [{"place": m.place, "share": m.share} for m in reading.posterior.modes[1:MODES]],
        "glow": _picture(np.exp(reading.posterior.log_joint / GLOW)),
        "reach": posterior.GRID_REACH,
        "fractions": fractions,
        "target": others[0] if others else next(iter(scene.centers)),
        "sentence": _sentence(reading),
        "unfamiliar": "This does not look like any digit that the machine knows."
        * reading.unfamiliar,
        "similarity": _similarity(reading),
        "where": _where(reading.posterior.modes),
        "steps": [{"name": name, "jpeg": exports.jpeg(step)} for name, step in digit.steps],
    }


def _sentence(reading: Reading) -> str:
    (first, most), *others = plane.rank_digits(reading.probabilities)
    if reading.unfamiliar:
        return f"The nearest is {_a(first)} ({most:.0%})."
    if most < CLEAR:
        names = [f"{digit} ({share:.0%})" for digit, share in others if share >= MENTIONED]
        return f"Not sure: {' or '.join([f'{first} ({most:.0%})', *names[:2]])}."
    if others and others[0][1] >= MENTIONED:
        return f"This looks like {_a(first)}. It could also be {_a(others[0][0])}."
    return f"This looks like {_a(first)}."


def _a(digit: int) -> str:
    return f"an {digit}" if digit == 8 else f"a {digit}"


def _similarity(reading: Reading) -> str:
    word = next(word for word, rank in SIMILARITY if reading.similarity_rank <= rank)
    return f"Beside this machine's copies of real test digits, this copy is {word}."


def _where(modes: list[posterior.Mode]) -> str:
    if len(modes) < 2:
        return ""
    if len(modes) > MODES:
        return "It fits many places on the map; the brighter the glow, the better."
    shares = ", ".join(f"{mode.share:.0%}" for mode in modes)
    return f"It fits {len(modes)} places on the map ({shares}). All of them glow."


def _picture(values: np.ndarray) -> str:
    return text.base64(plane.to_bytes(values))
