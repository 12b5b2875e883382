"""The map of a model and the lens on it, a component. Its state value `pin` is a Pin."""

from vae.ui.components import define

explore = define("explore.js", "lens/lens.html", "map/map.css", "lens/lens.css")
