"""A model card for tests."""

from dataclasses import asdict

from vae.config import ModelConfig, TrainConfig
from vae.store.run_state import HISTORY


def make_card(elbo: float = -150.0, **changes) -> dict:
    """Return the content of a valid card, but for its schema, name and files."""
    percentiles = {
        "log_likelihood": [-200.0 + i for i in range(101)],
        "similarity": [i / 100 for i in range(101)],
    }
    return {
        "description": "A model.",
        "preset": "explorer",
        "finished": True,
        "model": asdict(ModelConfig()),
        "train": asdict(TrainConfig()),
        "seed": 0,
        "versions": {"python": "3.11"},
        "history": {name: [1.5] for name in HISTORY},
        "atlas_spacing": 0.25,
        "metrics": {"elbo": elbo},
        "reference_percentiles": percentiles,
        **changes,
    }
