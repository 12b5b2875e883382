"""The maps on this machine: look at one, go on with it, take it home, delete it, bring one."""

import streamlit as st

from vae import config
from vae.errors import LatentExplorerError
from vae.runs import process
from vae.runs.progress import Phase, Progress
from vae.runs.record import RunRecord, list_runs
from vae.ui import cache, luggage, progress, recipe


def shelf(now: Progress | None, explore: object) -> None:
    """Draw them, and how the last run ended; `explore` is the page that shows a model."""
    active = process.is_active(now)
    past = {one.name: one for one in list_runs()}
    if gone := st.session_state.pop("gone", None):
        st.toast(f"**{gone}** is deleted.")
    if now and now.phase == Phase.FAILED:
        st.warning(f"**{now.name}** failed. {now.message}")
    if now and now.phase == Phase.STOPPED and now.name in past:
        st.info(f"**{now.name}** was stopped. {progress.remedy(past[now.name])}")
    if now and now.phase == Phase.EVALUATING:
        st.caption(
            f"**{now.name}** is ready. Its score is still being worked out; you need not wait."
        )
    if not active and (name := _chosen(past)):
        _actions(name, past.get(name), explore)
    if process.training_allowed():
        luggage.bring()


def _chosen(past: dict[str, RunRecord]) -> str | None:
    """The run or the model that the visitor looks at: the latest run to begin with."""
    models = [folder.name for folder in cache.survey()[0] if folder.name not in past]
    if not past and not models:
        return None
    if st.session_state.get("watched") not in (*past, *models):
        st.session_state.watched = next(iter(past), None)
    st.session_state["run-box"] = st.session_state.watched
    st.selectbox(
        "Maps on this machine",
        (*past, *models),
        index=None,
        format_func=lambda name: progress.title(past[name]) if name in past else config.label(name),
        placeholder="Look at one",
        key="run-box",
        on_change=lambda: st.session_state.update(watched=st.session_state["run-box"]),
    )
    return st.session_state.watched


def _actions(name: str, run: RunRecord | None, explore: object) -> None:
    with st.container(horizontal=True):
        # The name in the keys: a click means the run that it was made on, even if that has gone.
        model = cache.model(name)
        if model and st.button("Explore this map", key=f"explore-{name}"):
            st.session_state.model = name
            st.switch_page(explore, query_params={"model": name})
        own = name not in config.PRESETS and process.training_allowed()
        unsaved = run and run.is_finished and not model
        resumable = own and run and (not run.is_finished or unsaved)
        if resumable and st.button("Save it" if unsaved else "Resume", key=f"resume-{name}"):
            recipe.begin(run.preset, name, {}, resume=True)
        if model:
            luggage.take(name)
        if own:
            with st.popover("Delete", key=f"ask-{name}"):
                st.markdown(f"Delete **{name}**, its film and its map? This cannot be undone.")
                if st.button("Yes, delete it", key=f"delete-{name}"):
                    _delete(name)


def _delete(name: str) -> None:
    try:
        process.delete(name)
    except LatentExplorerError as error:
        st.error(str(error))
        return
    st.session_state.pop("watched", None)
    st.session_state.gone = name
    st.rerun()
