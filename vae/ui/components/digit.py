"""The visitor's digit and its place on the map, a component. State value `target`: a digit."""

from vae.ui.components import define

digit = define("digit/digit.js", "digit/digit.html", "map/map.css", "digit/digit.css")
