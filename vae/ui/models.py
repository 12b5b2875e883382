"""The frame of a page about a model: title, choice of the model, notices about invalid ones."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vae import config
from vae.errors import ModelInvalidError
from vae.store.folder import NAME, ModelFolder
from vae.ui import assets, cache, palette
from vae.ui.messages import MapData
from vae.ui.state import visitor

DEFAULT_MODEL = "explorer"  # comes first, before models with a better ELBO
BOX = 265  # pixels that the choice is wide


def page(
    title: Callable[[ModelFolder | None], str],
    about: Callable[[ModelFolder | None], str],
    show: Callable[[ModelFolder], None],
) -> None:
    """Draw a page about a model: title, choice, then `show`. A model that fails is left out.

    Args:
        title: text above the page, given the model, or None if there is none.
        about: text of the help popover, given the same model or None.
        show: draws the rest; it may raise ModelInvalidError.
    """
    valid, invalid = cache.list_models()
    folder = _current(valid)
    box = heading(title(folder), about(folder))
    warn_invalid(invalid)
    _warn_of_link(valid)
    if folder is None:
        return
    with box:
        _choice([folder.name for folder in valid])
    try:
        cache.scene(folder)  # here, because a fragment keeps its errors to itself
        show(folder)
    except ModelInvalidError as error:
        cache.exclude(folder, str(error))
        st.rerun()


def load_first() -> None:
    """Load the model that the first page shows, so that its first visitor need not wait for it."""
    folder = cache.model(DEFAULT_MODEL)
    if folder:
        with suppress(ModelInvalidError):  # the page says so
            cache.scene(folder)


def heading(title: str, about: str) -> DeltaGenerator:
    """Draw a page's title and its help; return the empty box beside them."""
    left, right = st.columns([4, 3], vertical_alignment="bottom")
    with left:
        st.markdown(title)
    with right, st.container(horizontal=True, horizontal_alignment="right"):
        box = st.container(width=BOX)
        with st.popover("What is this?"):
            st.markdown(about)
    return box


def _current(valid: list[ModelFolder]) -> ModelFolder | None:
    """Return the model that the visitor or the link chose, or the first."""
    by_name = {folder.name: folder for folder in valid}
    if not valid:
        return None
    if visitor().model not in by_name:
        if visitor().model:
            st.toast(f"The model {visitor().model} is no longer here.")
        names = (st.query_params.get("model"), DEFAULT_MODEL, valid[0].name)
        visitor().model = next(name for name in names if name in by_name)
    return by_name[visitor().model]


def _choice(names: list[str]) -> None:
    """Draw the model selector if there are several.

    The choice is kept in Visitor: Streamlit drops a widget's state when the page changes.
    """

    def choose() -> None:
        visitor().model = st.session_state["model-box"]

    if len(names) > 1:
        st.selectbox(
            "Model",
            names,
            format_func=config.label,
            index=names.index(visitor().model),
            key="model-box",
            on_change=choose,
            label_visibility="collapsed",
        )


def warn_invalid(invalid: dict[str, str]) -> None:
    """Say which models are left out and why."""
    if len(invalid) == 1:
        st.warning(*invalid.values(), icon=":material/healing:")
    elif invalid:
        with st.expander(f"{len(invalid)} models are left out", icon=":material/healing:"):
            st.markdown("\n".join(f"- {reason}" for reason in invalid.values()))


def _warn_of_link(valid: list[ModelFolder]) -> None:
    """Say that a link names a model that is not here, or that there are none."""
    link = st.query_params.get("model")
    if valid and link and link not in [folder.name for folder in valid]:
        # Only a name is repeated: a link may hold any text, and this is Markdown.
        words = f"the model “{link}”, which" if NAME.fullmatch(link) else "a model that"
        st.warning(f"The link asks for {words} is not here. This is {visitor().model}.")
    if not valid:
        st.info("There is no model to explore yet. `python -m vae train explorer` makes one.")


def map_data(folder: ModelFolder, label: str) -> MapData:
    """Return a map component's data; `label` names the map for assistive technology.

    Raises:
        ModelInvalidError: the model's files are damaged.
    """
    scene = cache.scene(folder)
    return {
        "model": folder.name,
        "bounds": asdict(scene.area),
        "centers": {d: (round(x, 2), round(y, 2)) for d, (x, y) in scene.centers.items()},
        "palette": palette.PALETTE,
        "label": label,
        "plotly": assets.plotly_url(),
        "codes": assets.model_url(folder.name, folder.version, "codes"),
        "atlas": assets.model_url(folder.name, folder.version, "atlas"),
    }
