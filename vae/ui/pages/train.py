"""The Train page: a map of the visitor's own, and how it forms."""

import contextlib

import streamlit as st

from vae.errors import LatentExplorerError
from vae.runs import process
from vae.runs.progress import Phase
from vae.runs.record import get_run
from vae.store.folder import ModelFolder
from vae.ui import cache, exports, models, run_text, text, train_form
from vae.ui.components.curves import curves
from vae.ui.components.timeline import timeline
from vae.ui.run_list import run_list
from vae.ui.state import visitor

TITLE = """
## Train a map of your own
Choose a recipe and press **Start**. The machine looks at real digits again and again, and here you
watch how its map forms, how its drawing improves, and where it goes wrong.
"""
ABOUT = """
**A machine learns by copying.** It looks at a digit, notes two numbers, a place on its map, and
has to draw the digit again from those alone. Where the copy differs it changes a little. Once
through all the digits is an *epoch*.

**Two goals compete:** the copy should look like the digit (*reconstruction*), and the map should
stay tidy: close together, without holes (*KL*). The recipes differ in how much each goal counts,
and some show what happens when one is left out.

Your map is saved on the computer that runs this page, and every page offers it when it is done. One
training at a time runs here; it continues if you close the page.
"""
CURVES = (
    "The lower reconstruction and loss, the better. KL says how much information the two numbers "
    "carry."
)
LIVE = 3  # seconds between two looks at the map and the curves: drawing them takes from training
IDLE = 4  # seconds after which a visitor sees that another has begun


def page(explore: st.Page) -> None:
    """Draw the page; `explore` is the page that shows a model."""
    models.heading(TITLE, ABOUT)
    while visitor().toasts:
        st.toast(visitor().toasts.pop(0))
    now = process.current_progress()
    is_active = process.is_active(now)
    left, right = st.columns([2, 3], gap="large")
    with left:
        if is_active:
            _progress()
        elif process.training_allowed():
            train_form.form()
        else:
            st.info("Training is switched off on this server. Its maps can be explored.")
        run_list(now, explore)
    with right:
        st.fragment(_results, run_every=LIVE if is_active else IDLE)(is_active)


@st.fragment(run_every=1)
def _progress() -> None:
    """Draw how far the run under way is, and Stop."""
    now = process.current_progress()
    if now is None or not process.is_active(now):
        st.rerun()
    with st.container(border=True):
        st.markdown(run_text.headline(now))
        st.progress(run_text.progress_share(now), text=run_text.status(now))
        can_stop = now.preset and now.phase in (Phase.STARTING, Phase.TRAINING)
        if can_stop and process.training_allowed():
            is_stopping = visitor().stopping == now.pid
            icon = ":material/stop:"
            st.button("Stop", icon=icon, disabled=is_stopping, on_click=_stop, args=(now.pid,))
            if is_stopping:
                st.caption("Stopping. The training so far is saved.")
    if now.phase != Phase.SAVING:
        st.caption("Training continues if you close this page. Anyone here can watch or stop it.")


def _stop(pid: int) -> None:
    process.stop()
    visitor().stopping = pid


def _results(was_active: bool) -> None:
    """Draw the timeline and the curves of the run under way, or of the chosen one."""
    now = process.current_progress()
    is_active = process.is_active(now)
    if is_active != was_active:
        st.rerun()  # somebody has started one, or it has ended
    name = now.name if now and is_active else visitor().watched
    run = get_run(name) if name else None
    folder = cache.model(name) if name and not is_active else None
    if run and run.snapshots:
        timeline(run, is_active, key="timeline")
    else:
        st.info(_nothing_yet(is_active, folder), icon=":material/map:")
    if run and run.epochs:
        st.markdown(run_text.trend(run))
        curves(run, key="curves")
        st.caption(CURVES)
    if folder and (run is None or run.is_finished):
        _prior_samples(folder)


def _nothing_yet(is_active: bool, folder: ModelFolder | None) -> str:
    if folder:
        return "There is no timeline for this map: only maps trained here have one."
    return "The map will appear here soon." if is_active else "Your map will appear here."


def _prior_samples(folder: ModelFolder) -> None:
    with contextlib.suppress(LatentExplorerError):  # the other pages name a broken model
        picture = text.base64(exports.png(cache.prior_samples(folder)))
        st.caption("Ten digits that nobody wrote, drawn from random places")
        st.html(
            '<img style="width: 100%; border-radius: 0.5rem" alt="Ten digits that the machine '
            f'invented" src="data:image/png;base64,{picture}">'
        )
