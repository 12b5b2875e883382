"""Export a model as a zip, and import an untrusted one."""

import io
import shutil
import tempfile
import zipfile
from pathlib import Path

import msgspec
import numpy as np

from vae.errors import ConfigError, ModelInvalidError
from vae.store import atomic
from vae.store.card import CARD, OPTIONAL, REQUIRED, read_card
from vae.store.folder import (
    ModelFolder,
    check_name,
    create,
    free_name,
    read_label_map,
    read_latents,
    read_model,
)

MAX_BYTES = 40 * 10**6  # of a zip
MAX_UNPACKED = 80 * 10**6  # bytes of all its files
MAX_ARRAYS = 2 * 10**6  # bytes of an unpacked .npz: 60,000 codes and more


def export_zip(name: str) -> bytes:
    """Return the model called `name` as a zip. Raises ModelNotFoundError, ModelInvalidError."""
    folder = read_model(name)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in (CARD, *folder.card.files):
            archive.write(folder.path / file, f"{name}/{file}")
    return buffer.getvalue()


def import_zip(data: bytes) -> str:
    """Create a model folder from a zip that `export_zip` made, and return the model's name.

    The model keeps its name, or becomes `<name>-2` and so on where that is taken. Only a
    model's own files are read, under their own names, and nothing is unpickled.

    Raises:
        ModelInvalidError: It is not such a zip, it is too large or altered, or its model fails.
        StorageError: The disk is full or the folder cannot be written.
    """
    files = _read_zip(data)
    with atomic.storage_errors(), tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary)
        for file, content in files.items():
            (path / file).write_bytes(content)
        try:
            card = read_card(path)
            name = free_name(check_name(card.name))
            _smoke_test(ModelFolder(path, card, version=""))
        except ModelInvalidError as error:
            raise _reject(error.reason) from None
        except ConfigError:
            raise _reject(f"its {CARD} holds a name that no model can have") from None
        with create(name, msgspec.to_builtins(card)) as folder:
            for file in card.files:
                shutil.copy(path / file, folder)
    return name


def _read_zip(data: bytes) -> dict[str, bytes]:
    if len(data) > MAX_BYTES:
        raise _reject(f"it is larger than {MAX_BYTES // 10**6} MB")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_entries(entries)
            return {Path(entry.filename).name: _read_entry(archive, entry) for entry in entries}
    except ModelInvalidError:
        raise
    except Exception as error:  # a damaged or malicious zip raises nearly anything
        raise _reject(f"it cannot be unpacked ({error})") from None


def _check_entries(entries: list[zipfile.ZipInfo]) -> None:
    folders = {entry.filename.rpartition("/")[0] for entry in entries}
    names = sorted(entry.filename.rpartition("/")[2] for entry in entries)
    if len(folders) > 1 or any("/" in folder for folder in folders):
        raise _reject("it holds more than one folder")
    needed = (CARD, *REQUIRED)
    if [name for name in names if name not in OPTIONAL] != sorted(needed):
        raise _reject(f"it must hold {', '.join(needed)}, and nothing else")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise _reject(f"it unpacks to more than {MAX_UNPACKED // 10**6} MB")


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return an entry's content, reading no more than it declares. Raises BadZipFile."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile("it is compressed in an unusual way")
    with archive.open(entry) as file:
        content = file.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise zipfile.BadZipFile("a file in it is not as large as it declares")
    return content


def _smoke_test(folder: ModelFolder) -> None:
    """Run the networks on a few codes. Raises ModelInvalidError."""
    # Inference builds on store; only an imported model is ever run here.
    from vae.inference import plane
    from vae.inference.runtime import LatentModel

    for file in folder.path.glob("*.npz"):
        _check_size(file)
    read_label_map(folder)
    codes = read_latents(folder)["mean"]
    if plane.count_tiles(plane.bounds(codes), folder.card.atlas_spacing) > plane.MOST_TILES:
        raise _reject("its map is too large")
    try:
        model = LatentModel(folder.path)
        redraws = model.decode(codes[:10])
        mean, log_var = model.encode(redraws)
    except (ValueError, RuntimeError) as error:
        raise _reject(f"its networks do not run ({error})") from None
    is_finite = np.isfinite(mean).all() and np.isfinite(log_var).all()
    if not is_finite or not (np.all(redraws >= 0) and np.all(redraws <= 1)):
        raise _reject("its networks return numbers out of range")


def _check_size(path: Path) -> None:
    """Check how large an .npz file will be before it is read: it is a zip itself."""
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except (OSError, zipfile.BadZipFile) as error:
        raise _reject(f"{path.name} cannot be read ({error})") from None
    if size > MAX_ARRAYS:
        raise _reject(f"{path.name} unpacks to more than {MAX_ARRAYS // 10**6} MB")


def _reject(reason: str) -> ModelInvalidError:
    message = f"This file cannot be imported as a model: {reason}. Upload a zip downloaded here."
    return ModelInvalidError(message, reason)
