"""The form of a training: a preset, what to change of it, a name, and Start."""

from dataclasses import asdict

import streamlit as st

from vae import config
from vae.errors import LatentExplorerError
from vae.runs import process
from vae.ui import progress

LABELS = {
    "epochs": "Epochs: how often it sees each digit",
    "subset": "Digits to learn from",
    "batch_size": "Digits a step (batch size)",
    "learning_rate": "Learning rate",
    "beta": "Weight of the tidy map (KL)",
    "reconstruction_weight": "Weight of the likeness (reconstruction)",
    "seed": "Seed: the same number gives the same map",
}
DROPOUT = 0.25  # share of a layer's signals
FORMATS = {"learning_rate": "%g", "beta": "%g", "reconstruction_weight": "%g"}
STEPS = {"learning_rate": 0.0001, "beta": 0.1, "reconstruction_weight": 1.0, "subset": 1000}
BASIC = ("epochs", "subset")


def form() -> None:
    """The form: a preset, what to change of it, a name, and Start."""
    names = list(config.PRESETS)
    quick = names.index("explorer-quick")
    preset = st.selectbox("Recipe", names, index=quick, format_func=config.label, key="recipe")
    st.caption(config.PRESETS[preset].description)
    model, asked = config.PRESETS[preset].model, config.PRESETS[preset].train
    left, right = st.columns(2)
    chosen = {
        key: _number(key, asked, preset, at) for key, at in zip(BASIC, (left, right), strict=True)
    }
    with st.expander("More settings"):
        others = [key for key in LABELS if key not in BASIC]
        chosen |= {key: _number(key, asked, preset, st.container()) for key in others}
        if model.family == "conv":
            chosen |= _switches(model, preset)
    given = st.text_input("Name of your map", process.free_name(), max_chars=41, key="run-name")
    name = progress.plain(given)
    if not name:
        st.caption("Give it a name, of letters or digits.")
    elif name != given:
        st.caption(f"It will be called **{name}**.")
    usual = asdict(model) | asdict(asked)
    changed = {key: value for key, value in chosen.items() if value != usual[key]}
    try:
        _, wanted = config.override(model, asked, changed)
        st.caption(progress.guess(preset, wanted))
    except LatentExplorerError as error:
        st.error(str(error))
        return
    if st.button("Start", type="primary", icon=":material/play_arrow:", width="stretch"):
        begin(preset, name, changed)


def _number(key: str, asked: config.TrainConfig, preset: str, place) -> float:
    low, high = config.bounds(key)
    step = STEPS.get(key, 1)
    return place.number_input(
        LABELS[key],
        low,
        high,
        getattr(asked, key),
        type(low)(step),
        format=FORMATS.get(key),
        key=f"{key}-{preset}",
        help=f"From {low:,g} to {high:,g}." if key != "seed" else None,
    )


def _switches(usual: config.ModelConfig, preset: str) -> dict[str, float]:
    """Two choices more of a convolutional recipe."""
    return {
        "batch_norm": st.checkbox(
            "Keep its signals of one size (batch normalisation)",
            usual.batch_norm,
            key=f"batch_norm-{preset}",
            help="It often learns in fewer epochs then.",
        ),
        "dropout": DROPOUT
        * st.checkbox(
            "Leave out a quarter of its signals at random (dropout)",
            usual.dropout > 0,
            key=f"dropout-{preset}",
            help="So that it does not learn single digits by heart.",
        ),
    }


def begin(preset: str, name: str, settings: dict, resume: bool = False) -> None:
    """Start a run, or go on with one, and show it; what is wrong becomes a sentence."""
    try:
        with st.spinner("It gets ready …"):
            process.start(preset, name, settings, resume)
    except LatentExplorerError as error:
        st.error(str(error))
        return
    st.session_state.watched = name
    st.session_state.pop("stopping", None)
    st.rerun()
