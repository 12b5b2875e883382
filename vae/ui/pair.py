"""Which two models Compare shows: four good pairs by name, or any two."""

from typing import Literal

import streamlit as st

from vae import config
from vae.store.folder import ModelFolder
from vae.ui import cache
from vae.ui.state import visitor

PAIRS = {
    "Copier and VAE": ("explorer-ae", "explorer"),
    "Few digits": ("conv-ae", "conv-vae"),
    "The classic and ours": ("dense-rmsprop", "explorer"),
    "The mistake": ("dense-mse", "dense-rmsprop"),
}
HELP = {
    "Copier and VAE": "A plain autoencoder beside a variational one, both of the same digits",
    "Few digits": "Both learned only 2,000 digits; only the right one had to keep tidy",
    "The classic and ours": "The network of many first tutorials beside this page's own map",
    "The mistake": "A small slip in the loss makes a map collapse to a spot",
}
BOXES = ("Left map", "Right map")


def current() -> tuple[list[ModelFolder], str]:
    """Return the two models to show, none if there are none, and what to say of the link.

    They are those that the visitor chose, else those of the link, else the first good pair that is
    here, else the best two.
    """
    valid, _ = cache.list_models()
    by_name = {folder.name: folder for folder in valid}
    if not valid:
        return [], ""
    link = st.query_params.get("left", ""), st.query_params.get("right", "")
    asked = visitor().pair or (link if any(link) else None)
    if asked and by_name.keys() >= set(asked):
        return [by_name[name] for name in asked], ""
    good = [pair for pair in PAIRS.values() if by_name.keys() >= set(pair)]
    left, right = good[0] if good else (valid[0].name, valid[min(1, len(valid) - 1)].name)
    words = f"Here are {config.label(left)} and {config.label(right)}." if asked else ""
    if words and visitor().pair:
        words = f"One of the two models is no longer here. {words}"
    elif words:
        words = f"The link asks for two models that are not both here. {words}"
    return [by_name[left], by_name[right]], words


def choose(pair: list[ModelFolder]) -> None:
    """Draw the good pairs as buttons, and a box with all models for each side."""
    names = [folder.name for folder in cache.list_models()[0]]
    here = (pair[0].name, pair[1].name)
    with st.container(horizontal=True, key="latent-pairs"):
        for title, good in PAIRS.items():
            if set(names) >= set(good):
                kind: Literal["primary", "secondary"] = "primary" if good == here else "secondary"
                st.button(title, type=kind, help=HELP[title], on_click=_set, args=(good,))
    columns = st.columns(2)
    for side, (column, box) in enumerate(zip(columns, BOXES, strict=True)):
        column.selectbox(
            box,
            names,
            format_func=config.label,
            index=names.index(here[side]),
            key=f"{box}-{here}",  # a new one for each pair: a box keeps what it was set to
            on_change=_change,
            args=(side, here),
            label_visibility="collapsed",
        )


def _set(pair: tuple[str, str]) -> None:
    visitor().pair = pair


def _change(side: int, here: tuple[str, str]) -> None:
    name = st.session_state[f"{BOXES[side]}-{here}"]
    visitor().pair = (name, here[1]) if side == 0 else (here[0], name)
