"""The pin of Compare: a place on one of two maps, or a test digit that both have put somewhere."""

import math
from collections.abc import Mapping

import streamlit as st

from vae.ui.cache import Scene
from vae.ui.messages import ComparePin
from vae.ui.state import Place, visitor

LINKS = ("place", "digit")
OUTSIDE = "That link points outside both maps: here is the nearest place."


def start(scenes: list[Scene], has_same_digits: bool) -> tuple[ComparePin, str]:
    """Return where the pin stands at first, and what to say of it.

    That is where this visitor left it, else what the link names, else among the right map's 3s.
    """
    known = visitor().compare_pin
    if known:
        pin = read(known, scenes, has_same_digits)
        return pin or _default(scenes, known["link"] if has_same_digits else "place"), ""
    query = st.query_params
    link = query.get("link", "place")
    numbers = query.get("z", "").split(",")
    image = query.get("image", "")
    asked = {"link": link, "place": numbers, "image": int(image) if image.isdecimal() else None}
    pin = read(asked, scenes, has_same_digits)
    if pin is None:
        return _default(scenes, link if link in LINKS and has_same_digits else "place"), ""
    was_moved = pin["image"] is None and [round(float(n), 2) for n in numbers] != pin["place"]
    return pin, OUTSIDE if was_moved else ""


def read(asked: Mapping, scenes: list[Scene], has_same_digits: bool) -> ComparePin | None:
    """Return what came from outside as a pin, moved onto a map; None if it is none."""
    link, image = asked.get("link"), asked.get("image")
    sequence = asked.get("sequence", 1)  # the place at first counts as a pin
    if link not in LINKS or type(sequence) is not int:
        return None
    if link == "digit":
        if has_same_digits and type(image) is int and 0 <= image < len(scenes[0].labels):
            place = scenes[0].latents[image].tolist()
            return {"sequence": sequence, "side": 0, "place": place, "image": image, "link": link}
        link = "place"
    try:
        z1, z2 = map(float, asked.get("place") or ())
    except (TypeError, ValueError, OverflowError):
        return None
    if math.isnan(z1) or math.isnan(z2):
        return None
    side = 1 if asked.get("side") == 1 else 0
    if scenes[side].area.clamp(z1, z2) != (z1, z2) == scenes[1 - side].area.clamp(z1, z2):
        side = 1 - side
    z1, z2 = scenes[side].area.clamp(z1, z2)
    place = [round(z1, 2) + 0.0, round(z2, 2) + 0.0]
    return {"sequence": sequence, "side": side, "place": place, "image": None, "link": link}


def places(pin: ComparePin, scenes: list[Scene]) -> list[Place]:
    """Return where the pin stands on each map."""
    if pin["image"] is not None:
        return [tuple(scene.latents[pin["image"]].tolist()) for scene in scenes]
    z1, z2 = pin["place"]
    return [scene.area.clamp(z1, z2) for scene in scenes]


def _default(scenes: list[Scene], link: str) -> ComparePin:
    right = scenes[1]
    z1, z2 = right.centers.get(3) or next(iter(right.centers.values()))
    place = [round(z1, 2), round(z2, 2)]
    return {"sequence": 1, "side": 1, "place": place, "image": None, "link": link}
