"""Plotly figures, pure: arrays in, a figure out."""

import numpy as np
import plotly.graph_objects as go

from vae.inference.plane import Bounds

# Petroff (2021), "Accessible color sequences for data visualization": ten colours that stay apart
# for colour-blind eyes. Digits that a machine confuses (3 5 8, 4 7 9) get the most distant ones.
COLOURS = (
    "#717581",
    "#94a4a2",
    "#a96b59",
    "#bd1f01",
    "#3f90da",
    "#ffa90e",
    "#b9ac70",
    "#e76300",
    "#832db6",
    "#92dadd",
)
DEEP = (0, 3, 8)  # digits whose colour needs white letters on it


def latent_map(latents: np.ndarray, labels: np.ndarray, area: Bounds) -> go.Figure:
    """The codes (n, 2) as coloured dots, one trace a digit.

    The figure never changes while a visitor explores, so that zoom and pan survive; what moves
    (pin, ghost, manifold) is drawn over and under it by the lens.
    """
    figure = go.Figure([_dots(latents[labels == d], d) for d in np.unique(labels)], _layout(area))
    figure.layout.template = None  # see _dots: the page's CSS colours the words
    return figure


def _dots(codes: np.ndarray, digit: int) -> go.Scattergl:
    # Streamlit hands Plotly every figure twice. Lists are compared by value; arrays, or a template,
    # would have it all drawn again.
    x, y = codes.round(3).astype(float).round(3).T.tolist()
    return go.Scattergl(
        x=x,
        y=y,
        name=str(digit),
        mode="markers",
        marker={"size": 4, "color": COLOURS[digit], "opacity": 0.85},
        hoverinfo="skip",
    )


def _layout(area: Bounds) -> dict:
    axis = {
        "zeroline": False,
        "showgrid": False,
        "ticks": "",
        "nticks": 8,
        "tickfont_size": 11,
        "ticklabeloverflow": "allow",  # the margins are wide enough: no need to measure each
    }
    return {
        # The page's CSS decides the height; this is what it comes to in a window 900 pixels high,
        # where the first drawing is then the last.
        "height": 696,
        # The data never change: without this, Streamlit's second look has them all prepared again.
        "datarevision": 1,
        # Room for a legend of two rows, as on a phone: to find it out, Plotly would draw it twice.
        "margin": {"l": 30, "r": 6, "t": 46, "b": 34, "autoexpand": False},
        "font_family": "Source Sans, sans-serif",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "dragmode": "pan",
        "hovermode": False,
        "modebar": {
            "orientation": "v",
            "bgcolor": "rgba(0,0,0,0)",
            "color": "#7a7f87",  # to be seen on light and on dark
            "activecolor": "#3f90da",
        },
        "xaxis": {
            **axis,
            "range": [area.left, area.right],
            "title": {"text": "z1", "standoff": 2},
            "constrain": "domain",  # by default the range would depend on the window's first size
        },
        "yaxis": {
            **axis,
            "range": [area.bottom, area.top],
            "title": {"text": "z2", "standoff": 2},
            "scaleanchor": "x",  # equal units both ways: a true map
            "constrain": "domain",
        },
        "legend": {
            "orientation": "h",
            "x": 0.5,
            "xanchor": "center",
            "y": 1.0,
            "yanchor": "bottom",
            "itemsizing": "constant",
            "itemwidth": 30,
            "entrywidth": 10,
            "font_size": 14,
        },
    }


FIGURES = {"loss": "#8a8f98", "reconstruction": "#3f90da", "kl": "#e76300"}
WORDS = {"loss": "loss", "reconstruction": "reconstruction", "kl": "KL (right)"}


def curves(history: dict[str, list[float]]) -> go.Figure:
    """What a run has come to after each epoch: loss, reconstruction and KL, on one chart.

    Solid on the digits that it learns from, dotted on others; KL has its own axis, at the right.
    """
    epochs = list(range(1, len(history["loss"]) + 1))
    traces = [
        go.Scatter(
            x=epochs,
            y=history[prefix + name],
            name=WORDS[name],
            showlegend=not prefix,
            mode="lines+markers" if len(epochs) < 3 else "lines",
            line={"color": colour, "dash": "dot" if prefix else "solid", "width": 2},
            yaxis="y2" if name == "kl" else "y",
            hovertemplate="%{y:.2f}",
        )
        for name, colour in FIGURES.items()
        for prefix in ("", "val_")
    ]
    axis = {"zeroline": False, "showgrid": False, "tickfont_size": 11}
    layout = {
        "height": 240,
        "margin": {"l": 40, "r": 40, "t": 8, "b": 34},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "x unified",
        "showlegend": True,
        "xaxis": {
            **axis,
            "title": {"text": "epoch", "standoff": 2},
            "dtick": 1 + len(epochs) // 8,
        },
        "yaxis": {**axis, "tickformat": ".0f"},
        "yaxis2": {**axis, "tickformat": ".3~g", "overlaying": "y", "side": "right"},
        "legend": {"orientation": "h", "y": -0.25, "yanchor": "top", "font_size": 11},
    }
    return go.Figure(traces, layout)
