"""Two maps next to each other, a component. Its state value `pin` is a ComparePin."""

from vae.ui.components import define

compare = define("compare/compare.js", "compare/compare.html", "map/map.css", "compare/compare.css")
