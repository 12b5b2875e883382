"""The Compare page: two models next to each other."""

from pathlib import Path

import numpy as np
import streamlit as st

from vae.config import PRESETS
from vae.errors import ModelInvalidError
from vae.inference import comparison, plane
from vae.store.folder import ModelFolder
from vae.ui import assets, cache, compare_pin, model_table, models, pair, problems, strips, text
from vae.ui.components import compare, table
from vae.ui.messages import CompareAnswer, CompareData, ComparePin, CompareSide
from vae.ui.pages.explore import FEW
from vae.ui.state import visitor

TITLE = """
## Two machines, side by side
Both have seen handwritten digits and drawn a map of them. **Move over either map**, or touch it:
both machines draw what they imagine there. **Click or tap** to let the pin stay.
[Why can a plain autoencoder not invent?](#why-can-a-plain-autoencoder-not-invent)
"""
ABOUT = """
An **autoencoder** learns to copy: it squeezes every digit into two numbers, a place on the map, and
draws it again from those. Nothing tells it how to use the map, so it leaves gaps, and in a gap it
draws something that is no digit.

A **variational autoencoder** (VAE) must also keep its map tidy: its digits have to fill the circles
around the middle, close together. Its copies are a little less sharp, but nearly every place on
its map is a digit. So one can pick a place at random and *invent* a digit.

**The same place** shows the same two numbers on both maps. **The same digit** takes the real digit
nearest to the pointer and shows where each machine has put it.

The three circles are 1, 2 and 3 standard deviations of the *prior*, the normal distribution that
places for invented digits are drawn from.
"""
PROBLEMS = """
### Why can a plain autoencoder not invent?
To invent a digit, the machine picks a place on its map at random and draws what is there. Three
things can go wrong.
"""
DIFFERENCES = """
### What each does better
"""
NOTHING_BETTER = "Nothing that could not be chance."
INVENTED = """
### Ten digits, invented
The same ten places, drawn at random from the bell curve, on both maps.
"""
COPIED = """
### Ten digits, copied
Real digits that neither machine has learned from, and below them what is drawn at their place.
"""
ALL = "### All models"
STYLE = Path(__file__).parent.parent / "compare.css"
MAP_LABEL = "{}: the arrow keys move the pin on both maps, + and - zoom, Home shows all"
ALONE = "Comparing takes a model. `python -m vae train explorer` makes one."
DIFFERENT = "These two models were not tested on the same digits: only a place can link them."


def page() -> None:
    """Draw the page."""
    folders, notice = pair.current()
    models.heading(TITLE, ABOUT)
    models.warn_invalid(cache.list_models()[1])
    if notice:
        st.warning(notice)
    if not folders:
        st.info(ALONE)
        return
    for folder in folders:
        try:
            cache.scene(folder)  # here, because a fragment keeps its errors to itself
        except ModelInvalidError as error:
            cache.exclude(folder, str(error))
            st.rerun()
    pair.choose(folders)
    _maps(*folders)
    st.html(STYLE)
    scenes = [cache.scene(folder) for folder in folders]
    _show_problems(folders, scenes)
    _show_differences(folders)
    _show_strips(folders, scenes)
    _show_table(folders)


@st.fragment
def _maps(left: ModelFolder, right: ModelFolder) -> None:
    folders = (left, right)
    scenes = [cache.scene(folder) for folder in folders]
    has_same_digits = np.array_equal(scenes[0].labels, scenes[1].labels)
    key = "compare-" + "-".join(f"{folder.name}-{folder.version}" for folder in folders)
    sent = st.session_state.get(key, {}).get("pin")
    if isinstance(sent, dict):
        visitor().compare_pin = compare_pin.read(sent, scenes, has_same_digits)
    pin, notice = compare_pin.start(scenes, has_same_digits)
    data: CompareData = {
        "sides": [_side(folder) for folder in folders],
        "link": pin["link"],
        "side": pin["side"],
        "has_same_digits": has_same_digits,
        "notice": notice if has_same_digits else DIFFERENT,
        "answer": answer(pin, scenes),
    }
    with st.container(key="latent-map"):
        compare.compare(data, key=key, on_pin_change=lambda: None)


def _show_problems(folders: list[ModelFolder], scenes: list[cache.Scene]) -> None:
    st.markdown(PROBLEMS)
    figures = [folder.card.metrics for folder in folders]
    st.html(problems.show([_title(folder) for folder in folders], figures, scenes))


def _show_differences(folders: list[ModelFolder]) -> None:
    """Say what each of the two does better, and what has collapsed."""
    left, right = folders
    found = comparison.compare(left.card.metrics, right.card.metrics)
    st.markdown(DIFFERENCES)
    for column, folder, side in zip(st.columns(2), folders, ("first", "second"), strict=True):
        words = [difference.words for difference in found if difference.better == side]
        collapse = comparison.describe_collapse(folder.card.metrics)
        with column:
            st.markdown(f"**{text.escape_markdown(_title(folder))}**")
            if collapse:
                st.markdown(collapse)
            st.markdown("\n".join(f"- {sentence}" for sentence in words) or NOTHING_BETTER)


@st.fragment
def _show_strips(folders: list[ModelFolder], scenes: list[cache.Scene]) -> None:
    titles = [_title(folder) for folder in folders]
    st.markdown(INVENTED)
    seed = st.session_state.setdefault("compare-seed", 0)
    st.html(strips.draws(titles, scenes, seed))
    if st.button("Ten others"):
        st.session_state["compare-seed"] = seed + 1
        st.rerun(scope="fragment")
    st.markdown(COPIED)
    st.html(strips.copies(titles, scenes))


def _show_table(folders: list[ModelFolder]) -> None:
    st.markdown(ALL)
    everything, _ = cache.list_models()
    rows = model_table.table(everything, [folder.name for folder in folders])
    table.table(rows, key="model-table")
    csv = model_table.as_csv(everything)
    st.download_button("Download as CSV", csv, "models.csv", "text/csv")


def _title(folder: ModelFolder) -> str:
    """Return a model's name as it stands over its map, with the kind that it is."""
    title = PRESETS[folder.name].title if folder.name in PRESETS else folder.name
    kind = "VAE" if folder.card.train.beta > 0 else "autoencoder"
    return title if kind in title else f"{title} · {kind}"


def _side(folder: ModelFolder) -> CompareSide:
    scene, title = cache.scene(folder), _title(folder)
    return {
        **models.map_data(folder, MAP_LABEL.format(title)),
        "title": title,
        "label_map": assets.model_url(folder.name, folder.version, "labels")
        if scene.label_map
        else "",
        "far": round(float(np.quantile(scene.distances, FEW, method="inverted_cdf")), 4),
        "centre": scene.latents.mean(axis=0, dtype=float).tolist(),
        "range": codes_range(scene.latents),
    }


def codes_range(latents: np.ndarray) -> dict[str, float]:
    """Return the range of 99 of 100 of the codes (n, 2) each way, in units of z."""
    (left, bottom), (right, top) = np.percentile(latents, [0.5, 99.5], axis=0).tolist()
    return {"left": left, "right": right, "bottom": bottom, "top": top}


def answer(pin: ComparePin, scenes: list[cache.Scene]) -> CompareAnswer:
    """Return what both models draw at the pin, and the test digit that links them, if any."""
    places, image = compare_pin.places(pin, scenes), pin["image"]
    pictures = [
        plane.to_bytes(scene.model.decode(np.array([place], np.float32)))
        for scene, place in zip(scenes, places, strict=True)
    ]
    digits = cache.test_digits() if image is not None else None
    real = ""
    if digits is not None and np.array_equal(digits.labels, scenes[0].labels):
        real = text.base64(digits.images[image])
    return {
        "sequence": pin["sequence"],
        "places": places,
        "pictures": [text.base64(picture) for picture in pictures],
        "image": image,
        "real": real,
    }
