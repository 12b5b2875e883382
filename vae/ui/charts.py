"""Plotly figures, pure: arrays in, a figure out."""

import plotly.graph_objects as go

from vae.ui.messages import Palette

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
DARK = (0, 3, 8)  # digits whose colour needs white letters on it
PALETTE: Palette = {"colours": list(COLOURS), "dark": list(DARK)}


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
