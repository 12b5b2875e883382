"""The Explore page: the map of digits and the lens on it."""

import math
from collections.abc import Iterable

import numpy as np
import streamlit as st

from vae.inference import plane
from vae.inference.label_map import PlaceLabel
from vae.store.folder import ModelFolder
from vae.ui import assets, cache, models, text
from vae.ui.components import explore
from vae.ui.messages import ExploreData, PinAnswer
from vae.ui.state import Place, visitor

MAP_LABEL = "Map of digits: the arrow keys move the pin, + and - zoom, Home shows all"
REAL = "Real handwritten digits nearest to the pin"
FEW = 0.9  # sparsity from which the nearest real digits are no neighbours of a place
REDRAWN = "The digits nearest to the pin, as the machine draws them"
VARIATIONAL = "a *variational autoencoder*"
NEIGHBOURS = 10  # real digits shown beside the invented one
TITLE = """
## A map of handwriting, drawn by a machine
Every dot is a digit that somebody wrote. **Move over the map**, or touch it, and the machine draws
the digit it imagines there. **Click or tap** to drop a pin and learn more.
"""
OTHER_TITLE = """
## A map of handwriting, drawn by a machine
{description} **Move over the map** to see what is drawn there, **click or tap** to learn more.
"""
ABOUT = """
**Every dot is a real digit that somebody wrote by hand.** A machine looked at thousands of others
and had to describe each with only two numbers, so that it could draw it again from those alone.
Two numbers are a place on a map, and this is the map: digits that look alike became neighbours.
Nobody told the machine which digit is which; the colours were added afterwards.

**Between the dots the machine has to imagine.** Move over the map: at every place it draws the
digit that would live there, most of which nobody ever wrote. Click to drop a pin and see who
lives around it.

Drag to move the map, turn the wheel or pinch to come closer, press ⌂ to see all of it again. The
numbers above the map hide and show a digit.

In technical terms: this is {family}; the two numbers are its *latent variables* z1 and z2, and the
map is its *latent space*.
"""


def page() -> None:
    """Draw the page."""
    models.page(_title, _about, _map_and_lens)


def _title(folder: ModelFolder | None) -> str:
    """Return the introduction: for a newcomer on the first map, else what is special in the map."""
    if folder is None or folder.name == models.DEFAULT_MODEL:
        return TITLE
    return OTHER_TITLE.format(description=text.escape_markdown(folder.card.description))


def _about(folder: ModelFolder | None) -> str:
    if folder is None:
        return ABOUT.format(family=VARIATIONAL)
    family = VARIATIONAL if folder.card.train.beta > 0 else "a plain *autoencoder*"
    figures = folder.card.metrics
    description = text.escape_markdown(folder.card.description)
    words = f"This map is the model *{folder.name}*. {description} "
    if "accuracy" in figures:
        words += f"From the place alone it recognises {figures['accuracy']:.0%} of new digits. "
    return (
        f"{ABOUT.format(family=family)}\n{words}(Test ELBO: {figures['elbo']:.1f} nats per image.)"
    )


@st.fragment
def _map_and_lens(folder: ModelFolder) -> None:
    scene = cache.scene(folder)
    key = f"explore-{folder.name}-{folder.version}"
    place, notice = _start(folder.name, scene)
    sequence = 1  # the place at first counts as a pin
    pin = st.session_state.get(key, {}).get("pin")
    if isinstance(pin, dict) and type(pin.get("sequence")) is int:
        sequence = pin["sequence"]
        place = _place(pin.get("place") or (), scene) or place
    visitor().pins[folder.name] = place
    data: ExploreData = {
        **models.map_data(folder, MAP_LABEL),
        "notice": notice,
        "label_map": assets.model_url(folder.name, folder.version, "labels")
        if scene.label_map
        else "",
        "far": round(float(np.quantile(scene.distances, FEW, method="inverted_cdf")), 4),
        "answer": answer(scene, place, sequence),
    }
    with st.container(key="latent-map"):
        explore.explore(data, key=key, on_pin_change=lambda: None)


def _start(name: str, scene: cache.Scene) -> tuple[Place, str]:
    """Return where the pin stands at first, and what to say of it.

    That is where this visitor left it, else the place that the link names, else among the 3s.
    """
    if name in visitor().pins:
        return visitor().pins[name], ""
    if st.query_params.get("model", name) == name and "z" in st.query_params:
        numbers = st.query_params["z"].split(",")
        if place := _place(numbers, scene):
            outside = [round(float(number), 2) for number in numbers] != list(place)
            return (
                place,
                "That link points outside this map: here is the nearest place." * outside,
            )
    z1, z2 = scene.centers.get(3) or next(iter(scene.centers.values()))
    return (round(z1, 2), round(z2, 2)), ""


def _place(numbers: Iterable, scene: cache.Scene) -> Place | None:
    """Return two numbers from outside as a place on the map, to 0.01; None if they are no place."""
    try:
        z1, z2 = map(float, numbers)
    except (TypeError, ValueError, OverflowError):
        return None
    if math.isnan(z1) or math.isnan(z2):
        return None
    z1, z2 = scene.area.clamp(z1, z2)
    return round(z1, 2) + 0.0, round(z2, 2) + 0.0


def answer(scene: cache.Scene, place: Place, sequence: int) -> PinAnswer:
    """Return what is known about a place, in words and pictures."""
    z = np.array(place, np.float32)
    info = plane.describe_point(scene.latents, scene.labels, scene.distances, z)
    nearest = info.neighbors[:NEIGHBOURS]
    drawing = scene.label_map.at(place) if scene.label_map else None
    digits = cache.test_digits()
    if digits is not None and np.array_equal(digits.labels, scene.labels):
        pictures, caption = digits.images[nearest], REAL
    else:
        pictures, caption = plane.to_bytes(scene.model.decode(scene.latents[nearest])), REDRAWN
    return {
        "sequence": sequence,
        "place": place,
        "image": text.base64(plane.to_bytes(scene.model.decode(z[None]))),
        "sentence": _sentence(info.label_fractions, info.sparsity, drawing),
        "fractions": [
            (digit, round(share, 4))
            for digit, share in info.label_fractions
            if info.sparsity < FEW  # colours of far digits would speak against the picture
        ],
        "crowding": _crowding(info.sparsity),
        "neighbours": text.base64(pictures),
        "neighbour_labels": scene.labels[nearest].tolist(),
        "neighbours_caption": caption,
    }


def _sentence(
    fractions: list[tuple[int, float]], sparsity: float, drawing: PlaceLabel | None
) -> str:
    """Return what lives around a place, or where that is hardly anything, what is drawn there.

    vae/web/lens/words.js says the same, shorter, of the place under the pointer.

    Args:
        fractions: The digits of the nearest codes and their shares, the largest first.
        sparsity: See `plane.PointInfo`.
        drawing: What the place decodes to, or None if that is not known.
    """
    if sparsity >= FEW:
        return _guess(drawing)
    (first, most), *others = fractions
    if drawing and drawing.digit not in (None, first):  # the picture is named before the dots
        if most > 0.6 or others[0][0] != drawing.digit:
            one = text.with_article(drawing.digit)
            return f"{one.capitalize() if drawing.is_clear else f'Perhaps {one},'} among {first}s."
        first, others = drawing.digit, [(first, most)]
    if most > 0.95:
        return f"Only {first}s live around here."
    second, less = others[0]
    if most > 0.6:
        return f"Around here: mostly {first}s" + (f", some {second}s." if less > 0.1 else ".")
    return f"Between {first}s and {second}s."


def _guess(drawing: PlaceLabel | None) -> str:
    if drawing is None:
        return "Here the machine has to guess."
    if drawing.digit is None:
        return f"A guess{', unlike any real digit' if drawing.is_hole else ': no clear digit'}."
    one = text.with_article(drawing.digit)
    if drawing.is_hole:
        return f"A guess, unlike any real digit: perhaps {one}."
    return f"A guess: {'looks like' if drawing.is_clear else 'perhaps'} {one}."


def _crowding(sparsity: float) -> str:
    if sparsity < 0.5:
        return "A crowded part of the map: many real digits live here."
    if sparsity < FEW:
        return "Some real digits are nearby."
    if sparsity < 1:
        return "Few real digits are nearby."
    return "No real digits are near."
