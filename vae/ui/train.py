"""The Train page: a map of the visitor's own making, and how it forms."""

import contextlib
from dataclasses import asdict, fields

import streamlit as st

from vae import config, jobs, runs
from vae.errors import LatentExplorerError
from vae.ui import cache, charts, luggage, models, progress
from vae.ui.film import film

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
LABELS = {
    "epochs": "Epochs: how often it sees each digit",
    "subset": "Digits to learn from",
    "batch_size": "Digits a step (batch size)",
    "learning_rate": "Learning rate",
    "beta": "Weight of the tidy map (KL)",
    "reconstruction_weight": "Weight of the likeness (reconstruction)",
    "seed": "Seed: the same number gives the same map",
}
BATCH_NORM = "Keep its signals of one size (batch normalisation)"
LEAVE_OUT = "Leave out a quarter of its signals at random (dropout)"
DROPOUT = 0.25
FORMATS = {"learning_rate": "%g", "beta": "%g", "reconstruction_weight": "%g"}
STEPS = {"learning_rate": 0.0001, "beta": 0.1, "reconstruction_weight": 1.0, "subset": 1000}
BASIC = ("epochs", "subset")
IDLE = 4  # seconds after which a visitor sees that another has begun


def page(explore: object) -> None:
    """Draw the page; `explore` is the page that shows a model."""
    models.heading(TITLE, ABOUT)
    now = jobs.current()
    active = jobs.is_active(now)
    table, screen = st.columns([2, 3], gap="large")
    with table:
        if active:
            _under_way()
        elif jobs.allowed():
            _recipe()
        else:
            st.info("Training is switched off on this server. Its maps can be explored.")
        _shelf(now, explore)
    with screen:
        st.fragment(_screen, run_every=1 if active else IDLE)(active)


@st.fragment(run_every=1)
def _under_way() -> None:
    now = jobs.current()
    if not jobs.is_active(now):
        st.rerun()
    with st.container(border=True):
        st.markdown(progress.headline(now))
        st.progress(progress.share(now), text=progress.words(now))
        if now.preset and now.phase in ("starting", "training") and jobs.allowed():
            asked = st.session_state.get("stopping") == now.pid
            icon = ":material/stop:"
            st.button(
                "Stop", icon=icon, key="stop", disabled=asked, on_click=_stop, args=(now.pid,)
            )
            if asked:
                st.caption("It stops, and keeps what it has learnt.")
    if now.phase != "saving":
        st.caption("It goes on if you close this page, and anybody here can watch it.")


def _stop(pid: int) -> None:
    jobs.stop()
    st.session_state.stopping = pid


def _recipe() -> None:
    """The form: a preset, what to change of it, a name, and Start."""
    names = list(config.PRESETS)
    quick = names.index("explorer-quick")
    preset = st.selectbox("Recipe", names, index=quick, format_func=config.label, key="recipe")
    st.caption(config.PRESETS[preset].description)
    asked = config.PRESETS[preset].train
    left, right = st.columns(2)
    chosen = {
        key: _number(key, asked, preset, at) for key, at in zip(BASIC, (left, right), strict=True)
    }
    with st.expander("More settings"):
        others = [key for key in LABELS if key not in BASIC]
        chosen |= {key: _number(key, asked, preset, st.container()) for key in others}
        if config.PRESETS[preset].model.family == "conv":
            chosen["batch_norm"] = st.checkbox(BATCH_NORM, key=f"batch_norm-{preset}")
            chosen["dropout"] = DROPOUT * st.checkbox(LEAVE_OUT, key=f"dropout-{preset}")
    given = st.text_input("Name of your map", jobs.free_name(), max_chars=41, key="run-name")
    name = progress.plain(given)
    if name and name != given:
        st.caption(f"It will be called **{name}**.")
    usual = asdict(config.PRESETS[preset].model) | asdict(asked)
    changed = {key: value for key, value in chosen.items() if value != usual[key]}
    try:
        _, wanted = config.changed(config.PRESETS[preset].model, asked, changed)
        st.caption(progress.guess(preset, wanted))
    except LatentExplorerError as error:
        st.error(str(error))
        return
    if st.button("Start", type="primary", icon=":material/play_arrow:", width="stretch"):
        _begin(preset, name, changed)


def _number(key: str, asked: config.TrainConfig, preset: str, place) -> float:
    low, high = config.BOUNDS[key]
    kind = next(field.type for field in fields(config.TrainConfig) if field.name == key)
    step = STEPS.get(key, 1)
    return place.number_input(
        LABELS[key],
        kind(low),
        kind(high),
        getattr(asked, key),
        kind(step),
        format=FORMATS.get(key),
        key=f"{key}-{preset}",
    )


def _begin(preset: str, name: str, settings: dict, resume: bool = False) -> None:
    try:
        with st.spinner("It gets ready …"):
            jobs.start(preset, name, settings, resume)
    except LatentExplorerError as error:
        st.error(str(error))
        return
    st.session_state.watched = name
    st.session_state.pop("stopping", None)
    st.rerun()


def _shelf(now: runs.Progress | None, explore: object) -> None:
    """The runs that there are: look at one, go on with it, take it home, delete it."""
    active = jobs.is_active(now)
    past = {one.name: one for one in jobs.past()}
    if now and now.phase == "failed":
        st.warning(f"**{now.name}** failed. {now.message}")
    if now and now.phase == "stopped" and now.name in past:
        st.info(f"**{now.name}** was stopped. {progress.remedy(past[now.name])}")
    if now and now.phase == "measuring":
        st.caption(
            f"**{now.name}** is ready. Its score is still being worked out; you need not wait."
        )
    if past and not active:
        if st.session_state.get("watched") not in past:
            st.session_state.watched = next(iter(past))
        st.session_state["run-box"] = st.session_state.watched
        st.selectbox(
            "Maps made here",
            list(past),
            format_func=lambda name: progress.title(past[name]),
            key="run-box",
            on_change=lambda: st.session_state.update(watched=st.session_state["run-box"]),
        )
        _actions(past[st.session_state.watched], explore)
    if jobs.allowed():
        luggage.bring()


def _actions(run: jobs.Past, explore: object) -> None:
    with st.container(horizontal=True):
        # The name in the keys: a click means the run that it was made on, even if that has gone.
        model = cache.model(run.name)
        if model and st.button("Explore this map", key=f"explore-{run.name}"):
            st.session_state.model = run.name
            st.switch_page(explore, query_params={"model": run.name})
        own = run.name not in config.PRESETS and jobs.allowed()
        unsaved = run.finished and not model
        resumable = own and (not run.finished or unsaved)
        if resumable and st.button("Save it" if unsaved else "Resume", key=f"resume-{run.name}"):
            _begin(run.preset, run.name, {}, resume=True)
        if model:
            luggage.take(run.name)
        if own:
            with st.popover("Delete", key=f"ask-{run.name}"):
                st.markdown(f"Delete **{run.name}**, its film and its map? This cannot be undone.")
                if st.button("Yes, delete it", key=f"delete-{run.name}"):
                    _delete(run.name)


def _delete(name: str) -> None:
    try:
        jobs.delete(name)
    except LatentExplorerError as error:
        st.error(str(error))
        return
    st.session_state.pop("watched", None)
    st.rerun()


def _screen(active: bool) -> None:
    """The film and the curves of the run under way, or of the one that was chosen."""
    now = jobs.current()
    if jobs.is_active(now) != active:
        st.rerun()  # somebody has started one, or it has ended
    name = now.name if active else st.session_state.get("watched")
    run = jobs.find(name) if name else None
    if run is None:
        words = "Soon the map appears here." if active else "Here your map will form."
        st.info(words, icon=":material/map:")
        return
    if run.frames:
        film(run, active, key="film")
    else:
        st.info("No film was kept of this one.", icon=":material/map:")
    if run.epochs:
        st.markdown(progress.verdict(run))
        st.plotly_chart(charts.curves(run.history), key="curves", config={"displayModeBar": False})
        st.caption("Lower is better. Dotted: on digits that it does not learn from.")
    folder = None if active else cache.model(run.name)
    if folder and run.finished:
        with contextlib.suppress(LatentExplorerError):  # the other pages name a broken model
            invented = cache.invented(folder)
            st.caption("Written by nobody: ten digits that it invents, from places drawn by chance")
            st.image(invented, width="stretch")
