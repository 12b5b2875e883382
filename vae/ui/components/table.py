"""A table of figures that can be sorted by any of its columns, a component."""

from vae.ui.components import define

table = define("table/table.js", "table/table.html", "table/table.css")
