"""Every key of `st.session_state`: what the app remembers of one visitor, and its widgets' keys."""

from dataclasses import dataclass, field

import streamlit as st

Place = tuple[float, float]  # z1, z2


@dataclass
class Visitor:
    """What the app remembers of one visitor, from rerun to rerun and from page to page."""

    model: str = ""  # name of the chosen model, or "" before the first choice
    pins: dict[str, Place] = field(default_factory=dict)  # where the pin stands, by model


def visitor() -> Visitor:
    """Return this visitor's state, a new one at first."""
    return st.session_state.setdefault("visitor", Visitor())
