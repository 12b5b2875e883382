"""Every st.cache_* wrapper: what is costly to make and the same for all visitors."""

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from vae import data, store
from vae.errors import DataError
from vae.inference import atlas, plane
from vae.inference.runtime import LatentModel
from vae.ui import charts

SAMPLE = 300  # codes enough to know how crowded the plane is


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
    figure: go.Figure


def survey() -> tuple[list[store.ModelFolder], dict[str, str]]:
    """`store.survey`, verified anew only when a file in the folder has changed."""
    return _survey(store.fingerprint())


@st.cache_resource(max_entries=1, show_spinner=False)
def _survey(fingerprint: tuple) -> tuple[list[store.ModelFolder], dict[str, str]]:
    return store.survey()


@st.cache_resource(max_entries=8, show_spinner="Unfolding the map …")
def scene(name: str, version: str) -> Scene:
    """All that the map of the model `name` needs. Raises ModelBrokenError."""
    folder = store.read(name)
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
        homes=plane.homes(codes, labels),
        radii=np.sort(plane.radius(codes, codes[:SAMPLE])),
        figure=charts.latent_map(codes, labels, area),
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def packed_atlas(name: str, version: str) -> bytes:
    """The model's decoded plane, ready for the wire; a quarter of a second the first time."""
    found = scene(name, version)
    tiles = plane.decode_grid(found.model, found.area, found.spacing)
    return atlas.pack(tiles, found.area, version)


@st.cache_resource(max_entries=1, show_spinner=False)
def test_digits() -> data.Digits | None:
    """MNIST's test digits where they are at hand; never a download."""
    try:
        return data.test_set() if data.find() else None
    except DataError:
        return None
