"""The Your digit page: what the machine sees in it, where it lives, how it is redrawn."""

from dataclasses import asdict, dataclass

import numpy as np
import streamlit as st

from vae.inference import plane, posterior
from vae.preprocessing.digit import Digit
from vae.store.folder import ModelFolder
from vae.ui import cache, charts, given, keepsakes, models, text
from vae.ui.guest import guest
from vae.ui.lens import courier

TITLE = """
## Your digit, on the machine's map
Draw, upload or photograph one digit. The machine cleans it, finds the place where it lives, and
draws it again **from that place alone**: from two numbers.
"""
ABOUT = """
**Beside the map you see what the machine sees:** your picture in even light, cut out, and brought
to the size of the digits that it learned from; then its redraw, and where the two differ.

**On the map, the glow says how well each place explains your digit**; the picture on the stalk
stands at the best one. Two glowing hills mean that your digit could be two things. The small ring
is the machine's first guess. Move over the map to see what it would draw there.

Your picture stays between you and this page: it is not saved, and nobody else sees it.
(The field's words: the glow is the *posterior* p(z|x), computed exactly, to the power of a tenth so
that the eye can see its foot; the ring is two standard deviations of the *encoder's* Gaussian.)
"""
ODD = 0.0195  # share of real test digits that are less likely than what is called strange
GLOW = 10.0  # nats down from the summit at which the glow has faded to a third
SPLIT = 0.85  # below this share a reading is no verdict


@dataclass(frozen=True)
class Answer:
    """What the model makes of a digit."""

    peak: np.ndarray  # (2,) of the posterior
    shares: list[tuple[int, float]]
    message: dict  # what the guest is told, but for the target


def page(explore: object) -> None:
    """Draw the page; `explore` is the page that shows a place."""

    def show(folder: ModelFolder) -> None:
        table, right = st.columns([11, 9], gap="medium")
        with right, st.container(key="latent-beside"):
            models.chart(folder)
        with table:
            _table(folder, explore)

    models.page(lambda _: TITLE, lambda _: ABOUT, show)


@st.fragment
def _table(folder: ModelFolder, explore: object) -> None:
    left, right = st.columns([4, 7], gap="medium")
    now = given.latest()
    with left, st.container(key="latent-given"):
        given.inputs()
    with right:
        _show(folder, now, explore)


def _show(folder: ModelFolder, now: given.Given, explore: object) -> None:
    scene = cache.scene(folder)
    answer = _answer(folder, now)
    key = f"guest-{folder.name}-{folder.version}"
    said = st.session_state.get(key, {})
    target = said.get("target")
    target = target if target in scene.homes else _runner_up(answer, scene)
    guest(
        key=key,
        data={
            "version": folder.version,
            "homes": scene.homes,
            "colours": charts.COLOURS,
            "deep": charts.DEEP,
        },
        on_drawn_change=lambda: None,
        on_target_change=lambda: None,
    )
    with st.container(key="latent-courier"):
        courier(key=f"digit-{key}", kind="digit", data=answer.message | {"target": target})
        if said.get("drawn"):
            courier(key=f"atlas-{key}", data=cache.packed_atlas(folder))
    _take_home(folder, scene, now.digit, answer, target, explore)


def _take_home(folder, scene, digit, answer, target, explore) -> None:
    path = np.linspace(answer.peak, scene.homes[target], keepsakes.FRAMES)

    def frames() -> np.ndarray:
        return plane.to_bytes(np.concatenate([digit.image[None], scene.model.decode(path)]))

    st.caption(f"Take it home, turning into {_a(target)}, or find it on the other page")
    with st.container(horizontal=True):
        st.download_button(
            "Save as GIF",
            lambda: keepsakes.gif(frames()),
            f"my digit becomes a {target}.gif",
            "image/gif",
            on_click="ignore",
        )
        st.download_button(
            "Save as strip",
            lambda: keepsakes.strip(frames()),
            f"my digit becomes a {target}.png",
            "image/png",
            on_click="ignore",
        )
        if st.button("Show me on Explore"):
            place = [round(float(value), 2) for value in answer.peak]
            st.session_state[f"pin-{folder.name}"] = place
            st.switch_page(explore)


def _answer(folder: ModelFolder, now: given.Given) -> Answer:
    """What the model makes of the digit, computed once for each."""
    key = folder.version, now.number
    if st.session_state.get("answered", (None,))[0] != key:
        scene = cache.scene(folder)
        found = posterior.compute_posterior(cache.lattice(folder), now.digit.image)
        shares = posterior.label_probabilities(found, scene.latents, scene.labels)
        answer = Answer(found.peak, shares, _message(folder, now, found, shares))
        st.session_state.answered = key, answer
    return st.session_state.answered[1]


def _runner_up(answer: Answer, scene: cache.Scene) -> int:
    likely = [digit for digit, _ in answer.shares[1:] if digit in scene.homes]
    return likely[0] if likely else next(iter(scene.homes))


def _message(folder, now, found, shares) -> dict:
    model, digit = cache.scene(folder).model, now.digit
    mean, log_var = (part[0] for part in model.encode(digit.image[None]))
    redraw, guess = model.decode(np.stack([found.peak, mean]))
    return {
        "id": f"{folder.version}-{now.number}",
        "version": folder.version,
        "seen": _base64(digit.image),
        "redraw": _base64(redraw),
        "guess": _base64(guess),
        "place": found.peak.tolist(),
        "encoder": {"mean": mean.tolist(), "deviation": np.exp(0.5 * log_var).tolist()},
        "hills": [asdict(hill) for hill in found.modes[1:]],
        "relief": _base64(np.exp(found.log_joint / GLOW)),
        "reach": posterior.GRID_REACH,
        "shares": shares,
        "reading": _reading(shares),
        "odd": _odd(folder, found),
        "likeness": _likeness(folder, digit, redraw),
        "where": _where(found.modes),
        "steps": [(name, keepsakes.jpeg(picture)) for name, picture in digit.steps],
    }


def _reading(shares: list[tuple[int, float]]) -> str:
    (first, most), *others = shares
    if not others:
        return f"It looks like {_a(first)}, and like nothing else."
    second, less = others[0]
    if most < SPLIT:
        return f"Like {_a(first)} ({most:.0%}), or else {_a(second)} ({less:.0%})."
    return f"It looks like {_a(first)}. If not, {_a(second)}."


def _a(digit: int) -> str:
    return f"an {digit}" if digit == 8 else f"a {digit}"


def _odd(folder: ModelFolder, found: posterior.Posterior) -> str:
    usual = folder.card.reference_percentiles
    if posterior.percentile_rank(found.log_likelihood, usual.log_likelihood) >= ODD:
        return ""
    return "“This is unlike anything I have learned”, says the machine."


def _likeness(folder: ModelFolder, digit: Digit, redraw: np.ndarray) -> str:
    usual = folder.card.reference_percentiles
    alike = posterior.bray_curtis_similarity(digit.image, redraw)
    better = posterior.percentile_rank(float(alike), usual.similarity)
    return f"The redraw is better than that of {better:.0%} of the real digits it was tested on."


def _where(hills: list[posterior.Mode]) -> str:
    if len(hills) < 2:
        return ""
    shares = ", ".join(f"{hill.share:.0%}" for hill in hills)
    return f"It could live in {len(hills)} places on the map ({shares}): they all glow."


def _base64(values: np.ndarray) -> str:
    return text.base64(plane.to_bytes(values))
