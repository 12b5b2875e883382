"""The three problems of an autoencoder, for two models: a picture, a figure and a sentence each.

All figures come from the models' cards, see `inference.plane_metrics`. Everything here is HTML.
"""

import html
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from vae.inference import plane
from vae.ui import exports, palette, text
from vae.ui.cache import Scene

Figures = Mapping  # `metrics` of a card

BAR = 5.5  # rem, the height of the largest bar
PRIOR_REACH = 2.58  # the prior's own range: its 99.5th percentile, in units of z
WIDE = 1.5  # times as far, and a range counts as out of bounds
ASIDE = 0.3  # units of z from the origin at which a centre counts as aside
EVEN = 0.95  # evenness from which lands count as equal
MANY_HOLES = 0.05  # of the prior's draws: one real digit in twenty is that strange itself
UNMEASURED = "This was not measured when the model was made."

TITLES = (
    "1. No middle, no bounds",
    "2. Unequal lands",
    "3. Holes and blurs",
)
DEFINITIONS = (
    "Cross: the middle (mean) of all test digits on the map. Box: 99 of 100 of them, each way. "
    "Circles: 1, 2 and 3 standard deviations of the bell curve (the prior) that places for "
    "invented digits are drawn from.",
    "How much of the map's box draws each digit, judged from the picture: what most of the 15 "
    "real digits nearest to it are. Evenness is 1 when all ten have the same, 0 when one has all "
    "(entropy divided by log 10).",
    "Of 1,000 places drawn from the bell curve, those whose picture is farther from every real "
    "digit than 95 of 100 real digits are from each other. Unclear: fewer than 10 of the 15 real "
    "digits nearest to the picture are of one kind.",
)


def is_measured(figures: Figures) -> bool:
    """Return whether a card has all figures of the three problems."""
    keys = ("centre_distance", "range_z1", "range_z2", "area_shares", "area_evenness")
    return all(key in figures for key in (*keys, "prior_evenness", "holes_prior", "holes_range"))


def show(titles: Sequence[str], cards: Sequence[Figures], scenes: Sequence[Scene]) -> str:
    """Return the three problems of two models, one problem below the other.

    Args:
        titles: The models' names.
        cards: Their figures; a model without them gets a sentence instead.
        scenes: Their maps and decoders.
    """
    reach = max([3.2, *(_reach(figures) for figures in cards if is_measured(figures))])
    parts: tuple[Callable[[Figures, Scene], str], ...] = (
        lambda figures, scene: _bounds(figures, scene, reach),
        lambda figures, _: _lands(figures),
        _holes,
    )
    sections = []
    for title, definition, part in zip(TITLES, DEFINITIONS, parts, strict=True):
        sides = [
            f"<div><p class='name'>{html.escape(name)}</p>{_side(part, figures, scene)}</div>"
            for name, figures, scene in zip(titles, cards, scenes, strict=True)
        ]
        sections.append(
            f"<section><h3>{title}</h3><div class='sides'>{''.join(sides)}</div>"
            f"<p class='definition'>{definition}</p></section>"
        )
    return f"<div class='latent-problems'>{''.join(sections)}</div>"


def _side(part: Callable, figures: Figures, scene: Scene) -> str:
    return part(figures, scene) if is_measured(figures) else f"<p>{UNMEASURED}</p>"


def _reach(figures: Figures) -> float:
    return max(abs(value) for key in ("range_z1", "range_z2") for value in figures[key])


def _bounds(figures: Figures, scene: Scene, reach: float) -> str:
    """Return the centre and the range on a picture that shows [-reach, reach] each way."""
    (left, right), (bottom, top) = figures["range_z1"], figures["range_z2"]
    distance = figures["centre_distance"]
    x, y = scene.latents.mean(axis=0, dtype=float).tolist()
    picture = _extent((left, right, bottom, top), (x, y), reach)
    if _reach(figures) > WIDE * PRIOR_REACH:
        words = "Some digits lie far outside the circles, where hardly a place is ever drawn."
    elif max(right - left, top - bottom) < PRIOR_REACH:
        words = "This map uses only a small part of the circles."
    elif distance > ASIDE:
        words = "The digits lie beside the circles, not around their middle."
    else:
        words = "The digits fill the circles around the middle, and end where these end."
    return (
        f"<div class='figure'>{picture}<div><p><b>{distance:.2f}</b> from the middle</p>"
        f"<p>from <b>{left:z.1f}</b> to <b>{right:z.1f}</b> across,<br>"
        f"from <b>{bottom:z.1f}</b> to <b>{top:z.1f}</b> upwards</p></div></div><p>{words}</p>"
    )


def _extent(box: tuple, centre: tuple[float, float], reach: float) -> str:
    """Return a box and a cross over the prior's circles; Streamlit's HTML knows no SVG."""
    left, right, bottom, top = box
    circles = "".join(_frame("circle", (-r, r, -r, r), reach) for r in (1, 2, 3))
    x, y = centre
    cross = _frame("cross", (x, x, y, y), reach)
    label = "The box of the digits over the circles"
    area = _frame("box", (left, right, bottom, top), reach)
    return f"<div class='extent' role='img' aria-label='{label}'>{circles}{area}{cross}</div>"


def _frame(name: str, box: tuple[float, float, float, float], reach: float) -> str:
    """Return an element that lies on `box`, in units of z, of a square of [-reach, reach]."""
    left, right, bottom, top = (50 * value / (1.05 * reach) for value in box)  # percent
    return (
        f"<span class='{name}' style='left: {50 + left:.2f}%; top: {50 - top:.2f}%; "
        f"width: {right - left:.2f}%; height: {top - bottom:.2f}%'></span>"
    )


def _lands(figures: Figures) -> str:
    shares, evenness = figures["area_shares"], figures["area_evenness"]
    largest = max(max(shares), 1e-9)
    bars = "".join(
        f"<div class='bar' title='{digit}: {share:.1%}'><span style='height: "
        f"{BAR * share / largest:.2f}rem; background: {palette.COLOURS[digit]}'></span>"
        f"<i>{digit}</i><small>{share:.0%}</small></div>"
        for digit, share in enumerate(shares)
    )
    order = np.argsort(shares)
    least, most = int(order[0]), int(order[-1])
    if evenness >= EVEN:
        words = "All ten digits have much the same room."
    elif shares[least] < 0.005:
        words = f"The {most}s take {shares[most]:.0%} of the map; the {least}s have hardly a place."
    else:
        times = shares[most] / shares[least]
        words = f"The {most}s have {times:.0f} times as much room as the {least}s."
    return (
        f"<div class='bars' role='img' aria-label='Shares of the ten digits'>{bars}</div>"
        f"<p>Evenness <b>{evenness:.2f}</b> by area, <b>{figures['prior_evenness']:.2f}</b> "
        f"where places are drawn</p><p>{words}</p>"
    )


def _holes(figures: Figures, scene: Scene) -> str:
    share, everywhere = figures["holes_prior"], figures["holes_range"]
    unclear = figures.get("unclear_prior")
    worst = ""
    if figures.get("worst_places"):
        worst = strip(
            plane.to_bytes(scene.model.decode(np.array(figures["worst_places"], np.float32))),
            "The ten worst draws",
        )
    also = f", <b>{unclear:.1%}</b> are unclear" if unclear is not None else ""
    return (
        f"<p><b>{share:.1%}</b> of random draws look like no digit{also}. "
        f"Of places all over the box <b>{everywhere:.1%}</b> look like no digit.</p>"
        f"{worst}<p>{_hole_words(share, unclear or 0)}</p>"
    )


def _hole_words(share: float, unclear: float) -> str:
    if share + unclear < MANY_HOLES:
        return "Pick a place at random: it is nearly always a digit."
    if share < MANY_HOLES:
        return f"{_part(unclear)} a blur between digits rather than one of them."
    return f"{_part(share)} something that is no digit."


def _part(share: float) -> str:
    if share > 0.9:
        return "Nearly all draws give"
    if share > 0.4:
        return f"{share:.0%} of the draws give"
    return f"About one in {round(1 / share)} draws gives"


def strip(pictures: np.ndarray, label: str) -> str:
    """Return pictures (n, 28, 28) uint8 side by side as an image; `label` names it."""
    source = text.base64(exports.png(np.hstack(pictures)))
    return f"<img class='strip' alt='{html.escape(label)}' src='data:image/png;base64,{source}'>"
