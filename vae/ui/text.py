"""Files and pictures as text, as a component takes them; and others' text, as Markdown takes it."""

import re
import textwrap
from base64 import b64encode
from pathlib import Path

import numpy as np


def read(folder: Path, *names: str) -> str:
    """The text files of those names in a folder, one after the other."""
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


def base64(data: bytes | np.ndarray) -> str:
    """Bytes, or an array's own (C order), in base64."""
    return b64encode(bytes(data)).decode()


def plain(words: str, most: int = 240) -> str:
    """Words that came with a file, at most so many characters: Markdown that shows just these."""
    return re.sub(r"([!-/:-@[-`{-~])", r"\\\1", textwrap.shorten(words, most, placeholder="…"))
