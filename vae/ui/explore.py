"""The Explore page: the map of digits and the lens on it."""

import math
from dataclasses import asdict

import numpy as np
import streamlit as st

from vae.inference import plane
from vae.store.folder import ModelFolder
from vae.ui import cache, charts, models, text
from vae.ui.lens import courier, lens

KIN = 10  # real digits shown beside the invented one
TITLE = """
## A map of handwriting, drawn by a machine
Every dot is a digit that somebody wrote. **Move over the map**, or touch it, and the machine draws
the digit it imagines there; **click** to drop a pin and learn more.
"""
OTHER_TITLE = """
## A map of handwriting, drawn by a machine
{description} **Move over the map**, or touch it, to see what is drawn there; **click** to learn
more.
"""
ABOUT = """
**Every dot is a real digit that somebody wrote by hand.** A machine looked at thousands of others
and had to describe each with only two numbers, so that it could draw it again from those alone.
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
    models.page(_title, _about, _map_and_lens)


def _title(folder: ModelFolder | None) -> str:
    """The first map is introduced to who has never seen one; any other by what is special in it."""
    if folder is None or folder.name == models.FIRST:
        return TITLE
    return OTHER_TITLE.format(description=text.plain(folder.card.description))


def _about(folder: ModelFolder | None) -> str:
    if folder is None:
        return ABOUT
    figures = folder.card.metrics
    words = f"This map is the model *{folder.name}*. {text.plain(folder.card.description)} "
    if "accuracy" in figures:
        words += f"It reads {figures['accuracy']:.0%} of new digits right from their place alone. "
    return f"{ABOUT}\n{words}(Test ELBO {figures['elbo']:.1f} nats per image.)"


def _map_and_lens(folder: ModelFolder) -> None:
    left, right = st.columns([3, 2], gap="medium")
    with left:
        models.chart(folder)
    scene = cache.scene(folder)
    key = f"{folder.name}-{folder.version}"
    st.session_state.start = _start(folder.name, scene)
    with right:
        _lens(folder, key)


@st.fragment
def _lens(folder: ModelFolder, key: str) -> None:
    scene, start = cache.scene(folder), st.session_state.start
    said = st.session_state.get(f"lens-{key}", {})
    place = _place(said.get("pin"), scene) or start
    st.session_state[f"pin-{folder.name}"] = place
    lens(
        key=f"lens-{key}",
        data={
            "model": folder.name,
            "version": folder.version,
            "bounds": asdict(scene.area),
            "homes": scene.homes,
            "colours": charts.COLOURS,
            "deep": charts.DEEP,
            "start": start,
        },
        on_pin_change=lambda: None,
        on_drawn_change=lambda: None,
    )
    with st.container(key="latent-courier"):
        answer = {"version": folder.version, **_answer(scene, place)}
        courier(key=f"answer-{key}", data=answer)
        if said.get("drawn"):  # large, and not needed before: the first drawing comes first
            courier(key=f"atlas-{key}", data=cache.packed_atlas(folder))


def _start(name: str, scene: cache.Scene) -> list[float]:
    """Where this visitor left the pin, or the place that the link names, or the home of a 3."""
    left = _place(st.session_state.get(f"pin-{name}"), scene)
    linked = None
    if st.query_params.get("model", name) == name:
        linked = _place(st.query_params.get("z", "").split(","), scene)
    home = scene.homes.get(3) or next(iter(scene.homes.values()))
    return left or linked or _place(home, scene)


def _place(numbers: object, scene: cache.Scene) -> list[float] | None:
    """Two numbers from outside as a place on the map, to 0.01; None if they are no such thing."""
    try:
        z1, z2 = map(float, numbers)
    except (TypeError, ValueError, OverflowError):
        return None
    if math.isnan(z1) or math.isnan(z2):
        return None
    return [round(value, 2) + 0.0 for value in scene.area.clamp(z1, z2)]


def _answer(scene: cache.Scene, place: list[float]) -> dict:
    """What is known about a place, in words and pictures, as the lens shows it."""
    z = np.array(place, np.float32)
    known = plane.describe_point(scene.latents, scene.labels, scene.radii, z)
    kin = known.neighbors[:KIN]
    digits = cache.test_digits()
    real = digits is not None and np.array_equal(digits.labels, scene.labels)
    pictures = (
        digits.images[kin] if real else plane.to_bytes(scene.model.decode(scene.latents[kin]))
    )
    return {
        "at": place,
        "exact": text.base64(plane.to_bytes(scene.model.decode(z[None]))),
        "reading": _reading(known.label_fractions),
        "shares": known.label_fractions,
        "crowd": _crowd(known.sparsity),
        "kin": text.base64(pictures),
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
        some = f", and some {second}s" if others[0][1] > 0.1 else ""
        return f"Mostly {first}s live around here{some}."
    return f"A borderland: {first}s meet {second}s."


def _crowd(solitude: float) -> str:
    if solitude < 0.5:
        return "A crowded part of the map: the machine has seen many digits like this."
    if solitude < 0.9:
        return "A settled part of the map, neither crowded nor empty."
    if solitude < 1:
        return "A lonely part of the map: few real digits come near."
    return "Hardly anybody lives here: the machine is making this one up."
