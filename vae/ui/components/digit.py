"""The visitor's digit and its place on the map, a component.

State value `target`: a digit. Trigger `change`: a DigitChange.
"""

from vae.ui.components import define

digit = define(
    "digit/digit.js", "digit/digit.html", "map/map.css", "shared/boxes.css", "digit/digit.css"
)
