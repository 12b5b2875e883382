"""The maps on this computer: look at one, continue, explore, download or delete it, upload one."""

import streamlit as st

from vae import config
from vae.errors import LatentExplorerError
from vae.runs import process
from vae.runs.progress import Phase, Progress
from vae.runs.record import RunRecord, list_runs
from vae.ui import cache, model_files, run_text, train_form
from vae.ui.state import visitor


def run_list(now: Progress | None, explore: st.Page) -> None:
    """Draw how the last run ended, and the saved maps; `explore` is the page that shows a model."""
    runs = {run.name: run for run in list_runs()}
    _outcome(now, runs)
    if not process.is_active(now) and (name := _choice(runs)):
        _actions(name, runs.get(name), explore)
    if process.training_allowed():
        model_files.upload_box()


def _outcome(now: Progress | None, runs: dict[str, RunRecord]) -> None:
    if now is None:
        return
    if now.phase == Phase.FAILED:
        st.warning(f"**{now.name}** failed. {now.message}")
    if now.phase == Phase.STOPPED and now.name in runs:
        st.info(run_text.stop_message(runs[now.name]))
    if now.phase == Phase.EVALUATING:
        st.caption(f"**{now.name}** is ready. Its score is still being computed; no need to wait.")


def _choice(runs: dict[str, RunRecord]) -> str:
    """Draw the box of runs and models, and return the chosen one: at first the latest run."""
    models = [folder.name for folder in cache.list_models()[0] if folder.name not in runs]
    names = [*runs, *models]
    if not names:
        return ""
    if visitor().watched not in names:
        visitor().watched = next(iter(runs), "")
    st.session_state["run-box"] = visitor().watched or None
    st.selectbox(
        "Saved maps",
        names,
        index=None,
        format_func=lambda name: run_text.title(runs[name]) if name in runs else config.label(name),
        placeholder="Choose a map",
        key="run-box",
        on_change=_watch,
    )
    return visitor().watched


def _watch() -> None:
    visitor().watched = st.session_state["run-box"] or ""


def _actions(name: str, run: RunRecord | None, explore: st.Page) -> None:
    """Draw what can be done with a map, and what it was made with."""
    model = cache.model(name)
    is_own = name not in config.PRESETS and process.training_allowed()
    if run:
        st.caption(run_text.settings(run))
    with st.container(horizontal=True):
        # The name in the keys: a click means the run that it was made on, even if that has gone.
        if model and st.button("Explore this map", key=f"explore-{name}"):
            visitor().model = name
            st.switch_page(explore, query_params={"model": name})
        if run and is_own and not (run.is_finished and model):
            label = "Save it" if run.is_finished else "Resume"
            if st.button(label, key=f"resume-{name}"):
                train_form.start(run.preset, name, {}, resume=True)
        if model:
            model_files.download_button(name)
        if is_own:
            with st.popover("Delete", key=f"ask-{name}"):
                st.markdown(f"Delete **{name}**, its timeline and its map? This cannot be undone.")
                if st.button("Yes, delete it", key=f"delete-{name}"):
                    _delete(name)


def _delete(name: str) -> None:
    try:
        process.delete(name)
    except LatentExplorerError as error:
        st.error(str(error))
        return
    visitor().watched = ""
    visitor().toasts.append(f"**{name}** is deleted.")
    st.rerun()
