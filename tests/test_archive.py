import hashlib
import io
import json
import tracemalloc
import zipfile

import msgspec
import numpy as np
import pytest

import vae
from tests.conftest import MADE
from vae.errors import ModelInvalidError, ModelNotFoundError
from vae.runs.evaluate import update_label_map
from vae.store import archive
from vae.store.archive import export_zip, import_zip
from vae.store.card import CARD, OPTIONAL, REQUIRED
from vae.store.folder import read_label_map, read_model

pytestmark = pytest.mark.usefixtures("weights")


def opened(data):
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {entry.filename: file.read(entry) for entry in file.infolist()}


def zipped(files, packing=zipfile.ZIP_STORED):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", packing) as file:
        for name, content in files:
            file.writestr(name, content)
    return made.getvalue()


def test_a_model_exported_and_imported_answers_the_same():
    data = export_zip(MADE)
    assert set(opened(data)) == {f"{MADE}/{file}" for file in (CARD, *REQUIRED)}
    assert import_zip(data) == f"{MADE}-2"  # its own name is taken
    z = np.random.default_rng(0).normal(size=(20, 2))
    np.testing.assert_array_equal(vae.load(f"{MADE}-2").decode(z), vae.load(MADE).decode(z))
    original, copy = read_model(MADE).card, read_model(f"{MADE}-2").card
    assert msgspec.structs.replace(copy, name=MADE) == original
    assert import_zip(data) == f"{MADE}-3"


def test_a_label_map_travels_along(other_digits):
    update_label_map(read_model(MADE), other_digits)
    data = export_zip(MADE)
    assert set(opened(data)) == {f"{MADE}/{file}" for file in (CARD, *REQUIRED, *OPTIONAL)}
    copy = read_label_map(read_model(import_zip(data)))
    for key, array in read_label_map(read_model(MADE)).items():
        np.testing.assert_array_equal(copy[key], array)


def test_there_must_be_a_model_to_export():
    with pytest.raises(ModelNotFoundError):
        export_zip("nope")


def damaged(change):
    files = opened(export_zip(MADE))
    return zipped(change(files).items())


def card_says(**changes):
    def change(files):
        card = json.loads(files[f"{MADE}/{CARD}"])
        return {**files, f"{MADE}/{CARD}": json.dumps(card | changes)}

    return change


def vouched(files, name, content):
    """The files with another one of that name, for which the card vouches."""
    card = json.loads(files[f"{MADE}/{CARD}"])
    card["files"][name] = hashlib.sha256(content).hexdigest()
    return {**files, f"{MADE}/{CARD}": json.dumps(card), f"{MADE}/{name}": content}


def network_of_zeros(files):
    return vouched(files, "decoder.tflite", b"\0" * 1000)


def pickled(files):
    buffer = io.BytesIO()
    np.savez(buffer, mean=np.array([{"evil": 1}], object), log_var=0, label=0)
    return vouched(files, "latents.npz", buffer.getvalue())


def large_codes(files):
    buffer = io.BytesIO()
    arrays = {"mean": np.zeros((200_000, 2), "f4"), "log_var": np.zeros((200_000, 2), "f4")}
    np.savez(buffer, **arrays, label=np.zeros(200_000, "u1"))
    return vouched(files, "latents.npz", buffer.getvalue())


def far_codes(files):
    buffer = io.BytesIO()
    mean = np.random.default_rng(0).uniform(-9999, 9999, (100, 2)).astype("f4")
    np.savez(buffer, mean=mean, log_var=0 * mean, label=np.zeros(100, "u1"))
    return vouched(files, "latents.npz", buffer.getvalue())


def broken_label_map(files):
    return vouched(files, "label_map.npz", b"garbage")


def large_label_map(files):
    buffer = io.BytesIO()
    grid = np.zeros((2000, 2000), "u1")
    bounds = np.array([-1.0, 1, -1, 1])
    np.savez_compressed(buffer, bounds=bounds, digits=grid, votes=grid, holes=grid > 0)
    return vouched(files, "label_map.npz", buffer.getvalue())


CHANGES = {
    "one altered byte": lambda f: {**f, f"{MADE}/latents.npz": f[f"{MADE}/latents.npz"] + b"x"},
    "a missing file": lambda f: {k: v for k, v in f.items() if "encoder" not in k},
    "another file": lambda f: {**f, f"{MADE}/more.py": b"import os"},
    "atlas.png too": lambda f: {**f, f"{MADE}/atlas.png": b"x"},
    "a path out": lambda f: {**f, "../decoder.tflite": b"x"},
    "an absolute path": lambda f: {k.replace(MADE, "/tmp"): v for k, v in f.items()},
    "a deep path": lambda f: {f"a/{k}": v for k, v in f.items()},
    "two folders": lambda f: {k.replace(MADE, "x") if "enc" in k else k: v for k, v in f.items()},
    "a card that is no JSON": lambda f: {**f, f"{MADE}/{CARD}": b"{"},
    "a card that is too deep": lambda f: {**f, f"{MADE}/{CARD}": b"[" * 100_000},
    "a card without a name": card_says(name=None),
    "a name that is a path": card_says(name="../evil"),
    "a future schema": card_says(schema=99),
    "figures that are text": card_says(metrics={"elbo": "good"}),
    "a figure that is no number": card_says(metrics={"elbo": float("nan")}),
    "codes without an end": large_codes,
    "codes far out": far_codes,
    "a network that is none": network_of_zeros,
    "a pickle": pickled,
    "a label map that is none": broken_label_map,
    "a label map without an end": large_label_map,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_is_no_valid_model_is_refused_and_nothing_is_written(weights, change):
    before = sorted(path for path in weights.rglob("*"))
    with pytest.raises(ModelInvalidError, match="cannot be imported") as caught:
        import_zip(damaged(change))
    assert str(caught.value).count("\n") == 0
    assert "/" not in str(caught.value)
    assert sorted(path for path in weights.rglob("*")) == before


NO_ZIPS = {"nothing": b"", "empty": zipped([]), "half": b"PK\3\4 half", "zeros": b"\0" * 100}


@pytest.mark.parametrize("data", NO_ZIPS.values(), ids=NO_ZIPS)
def test_what_is_no_zip_is_refused(data):
    with pytest.raises(ModelInvalidError, match="cannot be imported"):
        import_zip(data)


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=["bzip2", "lzma"])
def test_an_unusual_packing_is_refused_unread(packing):
    files = opened(export_zip(MADE))
    with pytest.raises(ModelInvalidError, match="unusual way"):
        import_zip(zipped(files.items(), packing))


def test_a_zip_that_lies_about_its_size_is_read_no_further_than_it_says():
    files = opened(export_zip(MADE)) | {f"{MADE}/latents.npz": b"\0" * 50_000_000}
    data = zipped(files.items(), zipfile.ZIP_DEFLATED)
    real, declared = ((size).to_bytes(4, "little") for size in (50_000_000, 1000))
    tracemalloc.start()
    with pytest.raises(ModelInvalidError, match="cannot be unpacked"):
        import_zip(data.replace(real, declared))
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_a_bomb_is_refused_by_what_it_declares_and_by_its_size(monkeypatch):
    files = opened(export_zip(MADE))
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1000)
    with pytest.raises(ModelInvalidError, match="unpacks to more"):
        import_zip(zipped(files.items()))
    monkeypatch.setattr(archive, "MAX_BYTES", 100)
    with pytest.raises(ModelInvalidError, match="larger than"):
        import_zip(zipped(files.items()))
