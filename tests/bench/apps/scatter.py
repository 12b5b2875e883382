"""A bare chart of as many dots as the map has: the reference for start and reload."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st


@st.cache_resource
def figure() -> go.Figure:
    clouds = np.random.default_rng(0).standard_normal((10, 2, 1000))
    return go.Figure([go.Scattergl(x=x, y=y, mode="markers") for x, y in clouds])


st.plotly_chart(figure())
