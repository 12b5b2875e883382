"""Every st.cache_* wrapper: what is costly to make and the same for all visitors."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from vae import data
from vae.errors import DataError
from vae.inference import atlas, label_map, plane
from vae.inference.codes import pack_codes
from vae.inference.runtime import LatentModel
from vae.store import folder as model_folder
from vae.store.card import invalid_model
from vae.store.folder import ModelFolder
from vae.ui import timeline
from vae.ui.messages import Snapshots

BY_VERSION: dict[str | type, Callable] = {ModelFolder: lambda folder: (folder.name, folder.version)}
PRIOR_SAMPLES = 10
SAMPLE = 200  # codes enough to know how crowded the plane is


@dataclass(frozen=True)
class Scene:
    """A model with all that its map needs; shared between visitors and never changed."""

    model: LatentModel
    latents: np.ndarray  # (n, 2) float32
    labels: np.ndarray  # (n,) uint8
    area: plane.Bounds
    centers: dict[int, tuple[float, float]]  # of each digit
    distances: np.ndarray  # from a sample of the codes to their 15th neighbour
    label_map: label_map.LabelMap | None  # None: the model was published without it


def list_models() -> tuple[list[ModelFolder], dict[str, str]]:
    """Return valid models and why others are invalid; read anew only when a file has changed.

    Models that `exclude` named are among the invalid ones.
    """
    valid, invalid = _list_models(model_folder.fingerprint())
    exclusions = _exclusions()
    invalid = invalid | {f.name: exclusions[f] for f in valid if f in exclusions}
    return [folder for folder in valid if folder not in exclusions], invalid


def model(name: str) -> ModelFolder | None:
    """Return the valid model of that name, if there is one."""
    return next((folder for folder in list_models()[0] if folder.name == name), None)


def exclude(folder: ModelFolder, reason: str) -> None:
    """Mark a model as invalid whose files match its card but fail when used."""
    _exclusions()[folder] = reason


@st.cache_resource(show_spinner=False)
def _exclusions() -> dict[ModelFolder, str]:
    return {}


@st.cache_resource(max_entries=1, show_spinner=False)
def _list_models(fingerprint: tuple) -> tuple[list[ModelFolder], dict[str, str]]:
    return model_folder.list_models()


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_VERSION)
def scene(folder: ModelFolder) -> Scene:
    """Return all that a model's map needs. Raises ModelInvalidError."""
    model = LatentModel(folder.path, folder)
    codes, labels = model.latents["mean"], model.latents["label"]
    arrays = model_folder.read_label_map(folder)
    area, spacing = plane.bounds(codes), folder.card.atlas_spacing
    if plane.count_tiles(area, spacing) > plane.MOST_TILES:
        raise invalid_model(folder.path, "its codes lie too far apart to draw a map")
    # A code's nearest neighbour is itself, so its 15th other is its 16th.
    distances = plane.kth_neighbor_distance(codes, codes[:SAMPLE], plane.NEIGHBOURS + 1)
    return Scene(
        model=model,
        latents=codes,
        labels=labels,
        area=area,
        centers=plane.class_centers(codes, labels),
        distances=np.sort(distances),
        label_map=label_map.from_arrays(arrays) if arrays else None,
    )


def browser_data(name: str, version: str, kind: str) -> bytes | None:
    """Return what the browser fetches of a model: `codes`, `labels` or `atlas` (0.25 s at first).

    None if there is no such model, it is of another version, or it lacks these.
    """
    folder = model(name)
    if folder is None or folder.version != version or kind not in ("codes", "labels", "atlas"):
        return None
    return _browser_data(folder, kind)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_VERSION)
def _browser_data(folder: ModelFolder, kind: str) -> bytes | None:
    model_scene = scene(folder)
    if kind == "codes":
        return pack_codes(model_scene.latents, model_scene.labels)
    if kind == "labels":
        return label_map.pack(model_scene.label_map) if model_scene.label_map else None
    tiles = plane.decode_grid(model_scene.model, model_scene.area, folder.card.atlas_spacing)
    return atlas.pack(tiles, model_scene.area, folder.version)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_VERSION)
def prior_samples(folder: ModelFolder) -> np.ndarray:
    """Return PRIOR_SAMPLES digits (n, 28, 28) side by side: (28, 28 n) uint8."""
    z = np.random.default_rng(0).standard_normal((PRIOR_SAMPLES, 2))
    return np.hstack(plane.to_bytes(scene(folder).model.decode(z)))


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs=BY_VERSION)
def count_parameters(folder: ModelFolder) -> int | None:
    """Return how many numbers a model's weights file holds; None if it is unreadable."""
    import h5py  # slow to import, and only the table of all models needs it

    sizes: list[int] = []
    try:
        with h5py.File(folder.path / "model.weights.h5") as file:
            file.visititems(lambda _, item: sizes.append(getattr(item, "size", 0)))
    except OSError:
        return None
    return sum(sizes)


@st.cache_resource(max_entries=16, show_spinner=False)
def snapshots(paths: tuple[Path, ...], modified: tuple[int, ...]) -> Snapshots:
    """Return a run's snapshots, read anew when one was written at another time."""
    return timeline.read_snapshots(paths)


def test_digits() -> data.Digits | None:
    """Return MNIST's test digits where they are at hand; never a download."""
    try:
        path = data.find()
        return _test_digits(path.stat().st_mtime_ns) if path else None
    except (DataError, OSError):
        return None


@st.cache_resource(max_entries=1, show_spinner=False)
def _test_digits(modified: int) -> data.Digits:
    return data.test_set()
