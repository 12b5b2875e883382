"""Atomic writes of JSON, checked reads of it, and OSError as StorageError."""

import errno
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from vae.errors import StorageError

T = TypeVar("T")


def write_json(path: Path, content: object, durable: bool = True) -> None:
    """Write a JSON file beside its place and rename it, so that no reader sees half of it.

    Args:
        path: The file to write.
        content: Builtins, dataclasses and structs.
        durable: Flush it, so that it survives a power cut. That takes milliseconds.

    Raises:
        ValueError: A number is not finite.
    """
    beside = path.with_name(f".{path.name}.new")
    text = json.dumps(msgspec.to_builtins(content), indent=1, allow_nan=False)
    beside.write_text(f"{text}\n", encoding="utf-8")
    if durable:
        flush(beside)
    beside.replace(path)


def parse_json(content: bytes, kind: type[T]) -> T:
    """Parse JSON as `kind`, which it must match: every field present, and no other.

    Raises:
        ValueError: It is not JSON, or a field is missing, unknown, or of a wrong type or range.
        ConfigError: A configuration in it is impossible.
    """
    value = msgspec.json.decode(content, type=kind)
    # msgspec fills in a dataclass's defaults and passes over unknown keys.
    if json.loads(content) != json.loads(msgspec.json.encode(value)):
        raise ValueError("fields are missing or unknown")
    return value


def flush(path: Path) -> None:
    """Make a file's content survive a power cut."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def storage_errors(
    failure: str = "It could not be saved, and what was there before is unchanged",
) -> Iterator[None]:
    """Turn an OSError, such as a full disk, into a StorageError of one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC or "No space left" in str(error):
            reason = "the disk is full. Make room and try again"
        elif isinstance(error, PermissionError) or error.errno == errno.EROFS:
            reason = f"{error.filename or 'the folder'} may not be written. Check its permissions"
        else:
            reason = f"{error}"
        raise StorageError(f"{failure}: {reason}.") from error
