"""The Train page: a map of the visitor's own making, and how it forms."""

import contextlib

import streamlit as st

from vae.errors import LatentExplorerError
from vae.runs import process
from vae.runs.record import get_run
from vae.ui import cache, charts, models, progress, recipe
from vae.ui.film import film
from vae.ui.shelf import shelf

TITLE = """
## Train a map of your own
Choose a recipe and press **Start**. The machine looks at real digits again and again, and here you
watch how its map forms, how its drawing improves, and where it goes wrong.
"""
ABOUT = """
**A machine learns by redrawing.** It looks at a digit, notes two numbers, a place on its map, and
has to draw the digit again from those alone. Where the redraw differs it changes a little. Once
through all the digits is an *epoch*.

**Two wishes pull at it.** The redraw shall be like the digit (*reconstruction*), and the map shall
be tidy: close together, without holes (*KL*). The recipes differ in how strongly each one pulls,
and some show what happens if one is left out.

Your map is kept on this machine under its name, and every page offers it when it is done. One
training at a time runs here; it goes on if you close the page.
"""
LIVE = 3  # seconds between two looks at the map and the curves: drawing them takes from training
IDLE = 4  # seconds after which a visitor sees that another has begun


def page(explore: object) -> None:
    """Draw the page; `explore` is the page that shows a model."""
    models.heading(TITLE, ABOUT)
    now = process.current_progress()
    active = process.is_active(now)
    table, screen = st.columns([2, 3], gap="large")
    with table:
        if active:
            _under_way()
        elif process.training_allowed():
            recipe.form()
        else:
            st.info("Training is switched off on this server. Its maps can be explored.")
        shelf(now, explore)
    with screen:
        st.fragment(_screen, run_every=LIVE if active else IDLE)(active)


@st.fragment(run_every=1)
def _under_way() -> None:
    now = process.current_progress()
    if not process.is_active(now):
        st.rerun()
    with st.container(border=True):
        st.markdown(progress.headline(now))
        st.progress(progress.share(now), text=progress.words(now))
        if now.preset and now.phase in ("starting", "training") and process.training_allowed():
            asked = st.session_state.get("stopping") == now.pid
            icon = ":material/stop:"
            st.button(
                "Stop", icon=icon, key="stop", disabled=asked, on_click=_stop, args=(now.pid,)
            )
            if asked:
                st.caption("It stops, and keeps what it has learnt.")
    if now.phase != "saving":
        st.caption("It goes on if you close this page, and anybody here can watch it, or stop it.")


def _stop(pid: int) -> None:
    process.stop()
    st.session_state.stopping = pid


def _screen(active: bool) -> None:
    """The film and the curves of the run under way, or of the one that was chosen."""
    now = process.current_progress()
    if process.is_active(now) != active:
        st.rerun()  # somebody has started one, or it has ended
    name = now.name if active else st.session_state.get("watched")
    run = get_run(name) if name else None
    folder = cache.model(name) if name and not active else None
    if run and run.snapshots:
        film(run, active, key="film")
    else:
        words = "Soon the map appears here." if active else "Here your map will form."
        if folder:
            words = "No film of this one is here: a film does not travel with its map."
        st.info(words, icon=":material/map:")
    if run and run.epochs:
        st.markdown(progress.verdict(run))
        st.plotly_chart(charts.curves(run.history), key="curves", config={"displayModeBar": False})
        st.caption(
            "The lower the loss and the reconstruction, the better; KL tells how much room the map "
            "takes. Dotted: on digits that it does not learn from."
        )
    if folder and (run is None or run.is_finished):
        with contextlib.suppress(LatentExplorerError):  # the other pages name a broken model
            invented = cache.invented(folder)
            st.caption("Written by nobody: ten digits that it invents, from places drawn by chance")
            st.image(invented, width="stretch")
