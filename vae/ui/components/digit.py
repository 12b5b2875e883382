"""The visitor's digit and its place on the map, a component. State value `target`: a digit."""

from vae.ui.components import define

digit = define(
    "latent_digit",
    "digit/digit.js",
    "digit/digit.html",
    "shared/base.css",
    "map/map.css",
    "digit/digit.css",
)
