"""A model folder as one zip: packed to be taken away, and unpacked with a stranger's caution."""

import io
import itertools
import json
import zipfile
from pathlib import Path

import numpy as np

from vae.errors import LatentExplorerError, ModelBrokenError
from vae.inference import plane
from vae.inference.runtime import LatentModel
from vae.store import atomic as disk
from vae.store import folder as store
from vae.store.card import CARD, REQUIRED, verified

LARGEST = 40 * 10**6  # bytes of a zip
UNPACKED = 80 * 10**6  # bytes of all that is in it
CODES = 2 * 10**6  # bytes of the encoded digits: 60,000 and more
CHUNK = 2**16  # bytes
FILES = (CARD, *REQUIRED, "atlas.png")


def pack(name: str) -> bytes:
    """The model called `name` as a zip. Raises ModelNotFoundError, ModelBrokenError."""
    folder = store.read(name)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in (CARD, *folder.card["files"]):
            archive.write(folder.path / file, f"{name}/{file}")
    return made.getvalue()


def unpack(data: bytes) -> str:
    """Make a model folder of a zip that `pack` made, and return its name.

    It is called as it was, or, where that name is taken, `<name>-2` and so on. Nothing of it is
    written outside the folder, nothing but its own files is read, and no pickle is.

    Raises:
        ModelBrokenError: it is no such zip, too large, altered, or the model in it does not work.
        StorageError: the disk is full or the folder cannot be written.
    """
    files = _files(data)
    try:
        card = json.loads(files.pop(CARD), parse_constant=_refuse)
        name = store.check_name(card["name"])
    except (ValueError, KeyError, TypeError, RecursionError, LatentExplorerError):
        raise _unfit(f"its {CARD} is unreadable, or names no model") from None
    name = store.free_name(name)
    with store.writing(name, card) as folder:
        for file, content in files.items():
            (folder / file).write_bytes(content)
        disk.write_json(folder / CARD, card)
        try:
            _try_out(store.ModelFolder(folder, verified(folder), ""))
        except ModelBrokenError as error:
            raise _unfit(str(error).split(" is left out: ")[-1].split(". Restore")[0]) from None
        (folder / CARD).unlink()  # the new one vouches for the same files
    return name


def _files(data: bytes) -> dict[str, bytes]:
    if len(data) > LARGEST:
        raise _unfit(f"it is larger than {LARGEST // 10**6} MB")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            names = [entry.filename.rpartition("/")[2] for entry in entries]
            folders = {entry.filename.rpartition("/")[0] for entry in entries}
            if len(folders) != 1 or "/" in folders.pop() or len(set(names)) != len(names):
                raise _unfit("it holds more than one folder, or a file twice")
            if not {CARD, *REQUIRED} <= set(names) <= set(FILES):
                raise _unfit(f"it must hold {', '.join((CARD, *REQUIRED))}, and nothing else")
            if sum(entry.file_size for entry in entries) > UNPACKED:
                raise _unfit(f"it unpacks to more than {UNPACKED // 10**6} MB")
            return {
                name: _inflated(archive, entry) for name, entry in zip(names, entries, strict=True)
            }
    except LatentExplorerError:
        raise
    except Exception as error:  # a damaged or malicious zip raises nearly anything
        raise _unfit(f"it cannot be unpacked ({error})") from None


def _inflated(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """What is in an entry, and never more than it declares. Raises BadZipFile."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile("it is packed in an unusual way")
    with archive.open(entry) as file:
        parts = iter(lambda: file.read1(CHUNK), b"")
        content = b"".join(itertools.takewhile(lambda _: file.tell() <= entry.file_size, parts))
    if len(content) != entry.file_size:
        raise zipfile.BadZipFile("a file in it is not as large as it says")
    return content


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _check_codes(path: Path) -> None:
    """An npz is a zip itself: look how large it will be before it is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (OSError, zipfile.BadZipFile) as error:
        raise ModelBrokenError(f"latents.npz cannot be read ({error})") from None
    if size > CODES:
        raise ModelBrokenError(f"latents.npz unpacks to more than {CODES // 10**6} MB")


def _try_out(folder: store.ModelFolder) -> None:
    _check_codes(folder.path / "latents.npz")
    codes = store.latents(folder)["mean"]
    if plane.count_tiles(plane.bounds(codes), folder.card["atlas_spacing"]) > plane.MOST_TILES:
        raise ModelBrokenError("its map is too large")
    try:
        model = LatentModel(folder.path)
        redraws = model.decode(codes[:10])
        mean, log_var = model.encode(redraws)
    except (ValueError, RuntimeError) as error:
        raise ModelBrokenError(f"its networks do not run ({error})") from None
    finite = np.isfinite(mean).all() and np.isfinite(log_var).all()
    if not finite or not (np.all(redraws >= 0) and np.all(redraws <= 1)):
        raise ModelBrokenError("its networks give numbers out of range")


def _unfit(reason: str) -> ModelBrokenError:
    return ModelBrokenError(
        f"That is no map that can be brought back: {reason}. Send a zip that was taken home here."
    )
