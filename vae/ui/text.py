"""Bytes as text, as a component takes them; others' text, as Markdown takes it; digits' names."""

import re
import textwrap
from base64 import b64encode

import numpy as np


def base64(data: bytes | np.ndarray) -> str:
    """Return bytes, or an array's own (C order), in base64."""
    return b64encode(bytes(data)).decode()


def escape_markdown(words: str, max_chars: int = 240) -> str:
    """Return Markdown that shows just these words, which came with a file; long ones are cut."""
    short = textwrap.shorten(words, max_chars, placeholder="…")
    return re.sub(r"([!-/:-@[-`{-~])", r"\\\1", short)


def with_article(digit: int) -> str:
    """Return a digit as a noun: "a 3", "an 8"."""
    return f"an {digit}" if digit == 8 else f"a {digit}"
