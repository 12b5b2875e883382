"""The Explore page: the map of digits and the lens on it."""

import base64
from dataclasses import asdict
from pathlib import Path

import numpy as np
import streamlit as st

from vae.inference import plane
from vae.store import ModelFolder
from vae.ui import cache, charts
from vae.ui.lens import courier, lens

CSS = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
KIN = 10  # real digits shown beside the invented one
TITLE = """
## A map of handwriting, drawn by a machine
Every dot is a digit that somebody wrote. **Move over the map** and the machine draws the digit it
imagines there; **click** to drop a pin and learn more.
"""
ABOUT = """
**Every dot is a real digit that somebody wrote by hand.** A machine looked at 60,000 of them and
had to describe each with only two numbers, so that it could draw it again from those two alone.
Two numbers are a place on a map, and this is the map: digits that look alike became neighbours.
Nobody told the machine which digit is which; the colours were added afterwards.

**Between the dots the machine has to imagine.** Move over the map: at every place it draws the
digit that would live there, most of which nobody ever wrote. Click to drop a pin and see who
lives around it.

Drag to travel over the map, turn the wheel to come closer, click a digit in the legend to hide it.
(The field's words: a *variational autoencoder*; the two numbers are its *latent variables* z1 and
z2, the map its *latent space*.)
"""


def page() -> None:
    """Draw the page."""
    st.html(f"<style>{CSS}</style>")
    sound, broken = cache.survey()
    title, tools = st.columns([3, 2], vertical_alignment="bottom")
    with title:
        st.markdown(TITLE)
    with tools, st.container(horizontal=True, horizontal_alignment="right"):
        folder = _choose(sound)
        with st.popover("What am I looking at?"):
            st.markdown(ABOUT + (_portrait(folder) if folder else ""))
    for reason in broken.values():
        st.warning(reason, icon=":material/healing:")
    if folder is None:
        st.info("There is no model to explore yet. `python -m vae train explorer` makes one.")
        return
    scene = cache.scene(folder.name, folder.version)
    left, right = st.columns([3, 2], gap="medium")
    with left, st.container(key="latent-map"):
        st.plotly_chart(scene.figure, height="stretch", key="chart", config=_CHART)
    with right:
        _lens(folder.name, folder.version)
    with st.container(key="latent-courier-atlas"):
        packed = cache.packed_atlas(folder.name, folder.version)
        courier(key=f"atlas-{folder.name}", data=packed)


_CHART = {
    "scrollZoom": True,
    "displaylogo": False,
    "doubleClick": "reset",
    "modeBarButtons": [["zoomIn2d", "zoomOut2d", "resetScale2d"]],
}


def _choose(sound: list[ModelFolder]) -> ModelFolder | None:
    by_name = {folder.name: folder for folder in sound}
    asked = st.query_params.get("model", "")
    if not sound:
        return None
    if st.session_state.get("model") not in by_name:
        st.session_state.model = asked if asked in by_name else sound[0].name
        if asked not in ("", st.session_state.model):
            st.warning(f"There is no model called “{asked[:50]}” here. This is {sound[0].name}.")
    if len(sound) == 1:
        return sound[0]
    return by_name[
        st.selectbox("Model", list(by_name), key="model", label_visibility="collapsed", width=180)
    ]


def _portrait(folder: ModelFolder) -> str:
    figures = folder.card["metrics"]
    words = f"This map is the model *{folder.name}*. {folder.card['description']} "
    if "accuracy" in figures:
        words += f"It reads {figures['accuracy']:.0%} of new digits right from their place alone. "
    return words + f"(Test ELBO {figures['elbo']:.1f} nats per image.)"


@st.fragment
def _lens(name: str, version: str) -> None:
    scene = cache.scene(name, version)
    key = f"lens-{name}"
    start = st.session_state.setdefault(f"start-{name}", _start(scene))
    pin = st.session_state.get(key, {}).get("pin") or start
    place = _place(pin, scene) or start
    lens(
        key=key,
        data={
            "model": name,
            "version": version,
            "bounds": asdict(scene.area),
            "homes": scene.homes,
            "colours": charts.COLOURS,
            "deep": charts.DEEP,
            "start": start,
        },
        on_pin_change=lambda: None,
    )
    with st.container(key="latent-courier-answer"):
        answer = {"version": version, **_answer(scene, place)}
        courier(key=f"answer-{name}", data=answer)


def _start(scene: cache.Scene) -> list[float]:
    """The place that the link names, or the home of a 3 (or of the first digit there is)."""
    linked = _place(st.query_params.get("z", "").split(","), scene)
    return linked or _place(scene.homes.get(3) or next(iter(scene.homes.values())), scene)


def _place(numbers: object, scene: cache.Scene) -> list[float] | None:
    """Two numbers from outside as a place on the map, to 0.01; None if they are no such thing."""
    try:
        z1, z2 = map(float, numbers)
    except (TypeError, ValueError):
        return None
    return [round(value, 2) + 0.0 for value in scene.area.clamp(z1, z2)]


def _answer(scene: cache.Scene, place: list[float]) -> dict:
    """What is known about a place, in words and pictures, as the lens shows it."""
    z = np.array(place, np.float32)
    known = plane.describe(scene.latents, scene.labels, scene.radii, z)
    kin = known.neighbours[:KIN]
    digits = cache.test_digits()
    real = digits is not None and np.array_equal(digits.labels, scene.labels)
    pictures = digits.images[kin] if real else _bytes(scene.model.decode(scene.latents[kin]))
    return {
        "at": place,
        "exact": _base64(_bytes(scene.model.decode(z[None]))),
        "reading": _reading(known.shares),
        "shares": known.shares,
        "crowd": _crowd(known.solitude),
        "kin": _base64(pictures),
        "kinLabels": scene.labels[kin].tolist(),
        "kinTitle": "Written by people: the real digits nearest to the pin"
        if real
        else "Redrawn by the machine: the digits nearest to the pin",
    }


def _reading(shares: list[tuple[int, float]]) -> str:
    (first, most), *others = shares
    if most > 0.95:
        return f"Only {first}s live around here."
    second = others[0][0]
    if most > 0.6:
        return f"Mostly {first}s live around here, and some {second}s."
    return f"A borderland: {first}s meet {second}s."


def _crowd(solitude: float) -> str:
    if solitude < 0.5:
        return "A crowded part of the map: the machine has seen many digits like this."
    if solitude < 0.9:
        return "A settled part of the map, neither crowded nor empty."
    if solitude < 1:
        return "A lonely part of the map: few real digits come near."
    return "Nobody lives here: the machine makes this one up."


def _bytes(images: np.ndarray) -> np.ndarray:
    return np.round(images * 255).astype(np.uint8)


def _base64(pictures: np.ndarray) -> str:
    return base64.b64encode(pictures.tobytes()).decode()
