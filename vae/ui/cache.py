"""Every st.cache_* wrapper: what is costly to make and the same for all visitors."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from vae import data
from vae.errors import DataError
from vae.inference import atlas, plane, posterior
from vae.inference.runtime import LatentModel
from vae.store import folder as store
from vae.ui import reel

BY_VERSION = {store.ModelFolder: lambda folder: (folder.name, folder.version)}
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
    centers: dict[int, tuple[float, float]]  # of each digit
    radii: np.ndarray  # distances to the 15th neighbour, of a sample of the codes


def list_models() -> tuple[list[store.ModelFolder], dict[str, str]]:
    """`store.survey`, verified anew only when a file in the folder has changed.

    Models that `leave_out` named are among the broken ones.
    """
    sound, broken = _survey(store.fingerprint())
    left_out = _left_out()
    broken = broken | {f.name: left_out[f] for f in sound if f in left_out}
    return [folder for folder in sound if folder not in left_out], broken


def model(name: str) -> store.ModelFolder | None:
    """The sound model of that name, if there is one."""
    return next((folder for folder in list_models()[0] if folder.name == name), None)


def leave_out(folder: store.ModelFolder, reason: str) -> None:
    """Count a model whose files are as its card says, yet of no use, among the broken ones."""
    _left_out()[folder] = reason


@st.cache_resource(show_spinner=False)
def _left_out() -> dict[store.ModelFolder, str]:
    return {}


@st.cache_resource(max_entries=1, show_spinner=False)
def _survey(fingerprint: tuple) -> tuple[list[store.ModelFolder], dict[str, str]]:
    return store.survey()


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_VERSION)
def scene(folder: store.ModelFolder) -> Scene:
    """All that a model's map needs. Raises ModelBrokenError."""
    latents = store.latents(folder)
    codes, labels = latents["mean"], latents["label"]
    model = LatentModel(folder.path)
    area = plane.bounds(codes)
    return Scene(
        model=model,
        latents=codes,
        labels=labels,
        area=area,
        spacing=folder.card["atlas_spacing"],
        centers=plane.homes(codes, labels),
        # A code's nearest neighbour is itself, so its 15th other is its 16th.
        radii=np.sort(plane.radius(codes, codes[:SAMPLE], plane.NEIGHBOURS + 1)),
    )


def packed(name: str, version: str, kind: str) -> bytes | None:
    """Return what the browser fetches of a model: its `codes` or `atlas` (0.25 s at first).

    None if there is no such model, or it is of another version.
    """
    folder = model(name)
    if folder is None or folder.version != version or kind not in PACKERS:
        return None
    return _packed(folder, kind)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs=BY_VERSION)
def _packed(folder: store.ModelFolder, kind: str) -> bytes:
    return PACKERS[kind](folder)


def _pack_codes(folder: store.ModelFolder) -> bytes:
    found = scene(folder)
    n = np.uint32(len(found.labels)).tobytes()
    return n + found.latents.T.astype("<f4").tobytes() + found.labels.tobytes()


def _pack_atlas(folder: store.ModelFolder) -> bytes:
    found = scene(folder)
    tiles = plane.decode_grid(found.model, found.area, found.spacing)
    return atlas.pack(tiles, found.area, folder.version)


PACKERS = {"codes": _pack_codes, "atlas": _pack_atlas}


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_VERSION)
def invented(folder: store.ModelFolder) -> np.ndarray:
    """INVENTED samples from the prior, decoded, side by side: (28, 28 * INVENTED) uint8."""
    z = np.random.default_rng(0).standard_normal((INVENTED, 2))
    return np.hstack(plane.to_bytes(scene(folder).model.decode(z)))


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=BY_VERSION)
def lattice(folder: store.ModelFolder) -> posterior.Lattice:
    """What a posterior on the model's plane begins with."""
    return posterior.lattice(scene(folder).model)


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
