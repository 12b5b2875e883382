"""The form of a training: a recipe (preset), what to change of it, a name, and Start."""

from dataclasses import asdict
from typing import Any

import streamlit as st

from vae import config
from vae.errors import LatentExplorerError
from vae.runs import process
from vae.store.folder import free_name
from vae.ui import cache, run_text
from vae.ui.state import visitor

LABELS = {
    "epochs": "Epochs: how often it sees each digit",
    "subset": "Digits to learn from",
    "batch_size": "Digits per step (batch size)",
    "learning_rate": "Learning rate",
    "beta": "Weight of tidiness (KL)",
    "reconstruction_weight": "Weight of copy quality (reconstruction)",
    "seed": "Seed: the same number gives the same map on the same computer",
}
BASIC = ("epochs", "subset")
DROPOUT = 0.25  # share of a layer's signals
STEPS = {"learning_rate": 0.0001, "beta": 0.1, "reconstruction_weight": 1.0, "subset": 1000}


def form() -> None:
    """Draw the form. A recipe has the settings that this visitor last trained it with."""
    preset = _recipe()
    values = _settings(preset)
    name = _name()
    recipe, usual = config.PRESETS[preset], _defaults(preset)
    changes = {key: value for key, value in values.items() if value != usual[key]}
    try:
        _, train = config.override(recipe.model, recipe.train, changes)
    except LatentExplorerError as error:
        st.error(str(error))
        return
    st.caption(run_text.estimate(preset, train))
    if cache.test_digits() is None:
        st.caption("The digits (MNIST, 11 MB) are not on this computer: they are downloaded first.")
    icon = ":material/play_arrow:"
    if st.button("Start", type="primary", icon=icon, width="stretch", disabled=not name):
        visitor().settings.pop(preset, None)  # so that the last one trained comes last
        visitor().settings[preset] = changes
        start(preset, name, changes)


def start(preset: str, name: str, settings: dict, resume: bool = False) -> None:
    """Start a run, or go on with one, and show it; an error becomes a sentence."""
    try:
        with st.spinner("Starting …"):
            process.start(preset, name, settings, resume)
    except LatentExplorerError as error:
        st.error(str(error))
        return
    visitor().watched = name
    visitor().stopping = 0
    st.rerun()


def _recipe() -> str:
    names = list(config.PRESETS)
    first = names.index(next(reversed(visitor().settings), "explorer-quick"))
    preset = st.selectbox("Recipe", names, first, format_func=config.label, key="recipe")
    st.caption(config.PRESETS[preset].description)
    return preset


def _defaults(preset: str) -> dict[str, Any]:
    """Return all settings of a preset."""
    return asdict(config.PRESETS[preset].model) | asdict(config.PRESETS[preset].train)


def _settings(preset: str) -> dict[str, float]:
    """Draw the settings, and return what they stand at."""
    last = _defaults(preset) | visitor().settings.get(preset, {})
    places = dict(zip(BASIC, st.columns(2), strict=True))
    more = st.expander("More settings")
    values = {key: _number(key, last[key], preset, places.get(key, more)) for key in LABELS}
    with more:
        if config.PRESETS[preset].model.family == "conv":
            values |= _switches(last, preset)
    return values


def _number(key: str, value: float, preset: str, place) -> float:
    low, high = config.bounds(key)
    kind = type(low)
    return place.number_input(
        LABELS[key],
        low,
        high,
        kind(value),
        kind(STEPS.get(key, 1)),
        format="%g" if kind is float else None,
        key=f"{key}-{preset}",
        help=f"From {low:,g} to {high:,g}." if key != "seed" else None,
    )


def _switches(last: dict, preset: str) -> dict[str, float]:
    """Draw two more settings, of convolutional networks."""
    batch_norm = st.checkbox(
        "Batch normalisation: keeps training stable",
        last["batch_norm"],
        key=f"batch_norm-{preset}",
        help="Often needs fewer epochs.",
    )
    dropout = st.checkbox(
        "Dropout: ignores a quarter of the values at random",
        last["dropout"] > 0,
        key=f"dropout-{preset}",
        help="Helps against memorising.",
    )
    return {"batch_norm": batch_norm, "dropout": DROPOUT * dropout}


def _name() -> str:
    """Draw the box for the new map's name, and return that as a model can have it, or ""."""
    typed = st.text_input("Name of your map", free_name("my-map"), max_chars=41, key="run-name")
    name = run_text.slug(typed)
    if not name:
        st.warning("Use the letters a-z and digits.")
    elif name != typed:
        st.caption(f"It will be called **{name}**.")
    return name
