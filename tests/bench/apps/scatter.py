"""A bare Plotly scatter of as many dots as our map has: what all the rest comes on top of."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

DOTS = 1000  # of each of ten colours


@st.cache_resource
def figure() -> go.Figure:
    """Ten clouds of dots."""
    clouds = np.random.default_rng(0).standard_normal((10, 2, DOTS))
    return go.Figure([go.Scattergl(x=x, y=y, mode="markers") for x, y in clouds])


st.plotly_chart(figure())
