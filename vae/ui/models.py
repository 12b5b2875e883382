"""The frame of a page about a model: the choice, and a word about those that are left out."""

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from vae import config
from vae.errors import ModelInvalidError
from vae.store.folder import NAME, ModelFolder
from vae.ui import cache

FIRST = "explorer"  # the map for people comes before one with a better ELBO
BOX = 290  # pixels that the choice is wide


def page(
    title: Callable[[ModelFolder | None], str],
    about: Callable[[ModelFolder | None], str],
    show: Callable[[ModelFolder], None],
) -> None:
    """Draw a page about a model: its title, the choice, then `show`; one that fails is left out.

    Args:
        title: what stands above the page, given the model, or None if there is none.
        about: what to say of the page to who asks, given the same.
        show: draws all the rest; it may raise ModelInvalidError.
    """
    sound, broken = cache.survey()
    folder = _chosen(sound)
    box = heading(title(folder), about(folder))
    _warn(sound, broken)
    if folder is None:
        return
    try:
        show(folder)
    except ModelInvalidError as error:
        cache.leave_out(folder, str(error))
        st.rerun()
    finally:  # last: its part of Streamlit's front end is loaded while the map is drawn
        with box:
            _choice([folder.name for folder in sound])


def heading(title: str, about: str) -> DeltaGenerator:
    """Draw a page's title, and what it is to who asks; the room beside that, empty as yet."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    with left:
        st.markdown(title)
    with right, st.container(horizontal=True, horizontal_alignment="right"):
        box = st.container(width=BOX)
        with st.popover("What am I looking at?"):
            st.markdown(about)
    return box


def _chosen(sound: list[ModelFolder]) -> ModelFolder | None:
    """The model that the visitor or the link chose, or the first."""
    by_name = {folder.name: folder for folder in sound}
    if not sound:
        return None
    if st.session_state.get("model") not in by_name:
        asked = st.query_params.get("model")
        known = (name for name in (asked, FIRST, sound[0].name) if name in by_name)
        st.session_state.model = next(known)
    return by_name[st.session_state.model]


def _choice(names: list[str]) -> None:
    """A box of models where there are two. Its own state ends with the page that it stands on."""

    def choose() -> None:
        st.session_state.model = st.session_state["model-box"]

    if len(names) > 1:
        st.selectbox(
            "Model",
            names,
            format_func=config.label,
            index=names.index(st.session_state.model),
            key="model-box",
            on_change=choose,
            label_visibility="collapsed",
        )


def _warn(sound: list[ModelFolder], broken: dict[str, str]) -> None:
    """Say which models are left out and why, and that a link names one that is not here."""
    for reason in broken.values():
        st.warning(reason, icon=":material/healing:")
    asked = st.query_params.get("model")
    if sound and asked and asked not in [folder.name for folder in sound]:
        # Only a name is repeated: a link may hold any text, and this is Markdown.
        named = f"the model “{asked}”, which" if NAME.fullmatch(asked) else "a model that"
        st.warning(f"That link names {named} is not here. This is {st.session_state.model}.")
    if not sound:
        st.info("There is no model to explore yet. `python -m vae train explorer` makes one.")


def chart(folder: ModelFolder) -> None:
    """The map of a model, where the lens and the guest find it. Raises ModelInvalidError."""
    with st.container(key="latent-map"):
        st.plotly_chart(
            cache.chart(folder), height="stretch", key="chart", theme=None, config=_CHART
        )


_CHART = {
    "scrollZoom": True,
    "plotGlPixelRatio": 1,
    "displaylogo": False,
    "showTips": False,
    "doubleClick": "reset",
    "modeBarButtons": [["zoomIn2d", "zoomOut2d", "resetScale2d"]],
}
