"""Every st.cache_* wrapper: what is costly to make and the same for all visitors."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from vae import data
from vae.errors import DataError
from vae.inference import atlas, plane, posterior
from vae.inference.runtime import LatentModel
from vae.store.folder import ModelFolder, fingerprint, list_models, read_latents
from vae.ui import charts, reel

BY_VERSION = {ModelFolder: lambda folder: (folder.name, folder.version)}
INVENTED = 10
SAMPLE = 200  # codes enough to know how crowded the plane is


@dataclass(frozen=True)
class Scene:
    """A model with all that its map needs; shared between visitors and never changed."""

    model: LatentModel
    latents: np.ndarray  # (n, 2) float32
    labels: np.ndarray  # (n,) uint8
    area: plane.Bounds
    spacing: float  # of the atlas, in units of z
    homes: dict[int, tuple[float, float]]
    radii: np.ndarray  # distances to the 15th neighbour, of a sample of the codes


def survey() -> tuple[list[ModelFolder], dict[str, str]]:
    """`list_models`, verified anew only when a file in the folder has changed.

    Models that `leave_out` named are among the broken ones.
    """
    sound, broken = _survey(fingerprint())
    left_out = _left_out()
    broken = broken | {f.name: left_out[f] for f in sound if f in left_out}
    return [folder for folder in sound if folder not in left_out], broken


def model(name: str) -> ModelFolder | None:
    """The sound model of that name, if there is one."""
    return next((folder for folder in survey()[0] if folder.name == name), None)


def leave_out(folder: ModelFolder, reason: str) -> None:
    """Count a model whose files are as its card says, yet of no use, among the broken ones."""
    _left_out()[folder] = reason


@st.cache_resource(show_spinner=False)
def _left_out() -> dict[ModelFolder, str]:
    return {}


@st.cache_resource(max_entries=1, show_spinner=False)
def _survey(key: tuple) -> tuple[list[ModelFolder], dict[str, str]]:
    return list_models()


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_VERSION)
def chart(folder: ModelFolder) -> go.Figure:
    """The map alone: sent first, because it takes the browser longest. Raises ModelInvalidError."""
    latents = read_latents(folder)
    return charts.latent_map(latents["mean"], latents["label"], plane.bounds(latents["mean"]))


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_VERSION)
def scene(folder: ModelFolder) -> Scene:
    """All that a model's map needs. Raises ModelInvalidError."""
    latents = read_latents(folder)
    codes, labels = latents["mean"], latents["label"]
    model = LatentModel(folder.path)
    area = plane.bounds(codes)
    return Scene(
        model=model,
        latents=codes,
        labels=labels,
        area=area,
        spacing=folder.card.atlas_spacing,
        homes=plane.class_centers(codes, labels),
        # A code's nearest neighbour is itself, so its 15th other is its 16th.
        radii=np.sort(plane.kth_neighbor_distance(codes, codes[:SAMPLE], plane.NEIGHBOURS + 1)),
    )


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_VERSION)
def packed_atlas(folder: ModelFolder) -> bytes:
    """The model's decoded plane, ready for the wire; a quarter of a second the first time."""
    found = scene(folder)
    tiles = plane.decode_grid(found.model, found.area, found.spacing)
    return atlas.pack(tiles, found.area, folder.version)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_VERSION)
def invented(folder: ModelFolder) -> np.ndarray:
    """INVENTED samples from the prior, decoded, side by side: (28, 28 * INVENTED) uint8."""
    z = np.random.default_rng(0).standard_normal((INVENTED, 2))
    return np.hstack(plane.to_bytes(scene(folder).model.decode(z)))


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=BY_VERSION)
def lattice(folder: ModelFolder) -> posterior.DecodedGrid:
    """What a posterior on the model's plane begins with."""
    return posterior.decode_plane(scene(folder).model)


@st.cache_resource(max_entries=16, show_spinner=False)
def film(frames: tuple[Path, ...], modified: tuple[int, ...]) -> dict:
    """The frames as the film takes them, read anew when one was written at another time."""
    return reel.message(frames)


def test_digits() -> data.Digits | None:
    """MNIST's test digits where they are at hand; never a download."""
    try:
        path = data.find()
        return _test_digits(path.stat().st_mtime_ns) if path else None
    except (DataError, OSError):
        return None


@st.cache_resource(max_entries=1, show_spinner=False)
def _test_digits(modified: int) -> data.Digits:
    return data.test_set()
