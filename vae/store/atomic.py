"""Files that are whole or not there, and the disk's own mishaps in plain words."""

import errno
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vae.errors import StorageError


def write_json(path: Path, content: dict, lasting: bool = True) -> None:
    """Write a JSON file beside its place and rename it, so that no reader sees half of it.

    Where it need not outlive a power cut it is not `lasting`: that takes milliseconds.
    """
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    if lasting:
        flush(beside)
    beside.replace(path)


def flush(path: Path) -> None:
    """Make a file's content outlive a power cut."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn a full disk or a read-only folder into a StorageError with one clear sentence."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC or "No space left" in str(error):
            reason = "the disk is full. Make room and try again"
        elif isinstance(error, PermissionError) or error.errno == errno.EROFS:
            reason = f"{error.filename or 'the folder'} may not be written. Check its permissions"
        else:
            reason = f"{error}"
        raise StorageError(
            f"It could not be saved: {reason}. What was there before is unharmed."
        ) from error
