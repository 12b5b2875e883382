"""The digits' colours."""

from vae.ui.messages import Palette

# Petroff (2021), "Accessible color sequences for data visualization": ten colours that stay apart
# for colour-blind eyes. Digits that a machine confuses (3 5 8, 4 7 9) get the most distant ones.
COLOURS = [
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
]
DARK = [0, 3, 8]  # digits whose colour needs white letters on it
PALETTE: Palette = {"colours": COLOURS, "dark": DARK}
