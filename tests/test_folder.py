import errno
import json
import os
import re
import string
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.conftest import MADE
from tests.support.cards import make_card
from vae.config import ModelConfig
from vae.errors import ConfigError, ModelInvalidError, ModelNotFoundError, StorageError
from vae.store import atomic, folder
from vae.store.card import CARD, REQUIRED, SCHEMA
from vae.store.folder import (
    ModelFolder,
    create,
    list_models,
    read_label_map,
    read_latents,
    read_model,
)


@pytest.fixture(autouse=True)
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


def write(name, elbo=-150.0, content=b"network", **card):
    """A model folder with files that nobody can run, but that the card vouches for."""
    with create(name, make_card(elbo, **card)) as path:
        for file in REQUIRED:
            (path / file).write_bytes(content)


def tree(folder):
    """Every file under a folder and its bytes."""
    return {f.relative_to(folder): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


def edit_card(folder, **changes):
    card = json.loads((folder / CARD).read_text())
    card |= changes
    (folder / CARD).write_text(json.dumps(card))


def names():
    return [model.name for model in list_models()[0]]


# Writing and reading


def test_what_is_written_is_read_back_with_hashes_schema_and_name(root):
    write("a-model", description="A model.")
    model = read_model("a-model")
    assert (model.name, model.path) == ("a-model", root / "a-model")
    assert (model.card.schema, model.card.name) == (SCHEMA, "a-model")
    assert model.card.description == "A model."
    assert model.card.model == ModelConfig()
    assert set(model.card.files) == set(REQUIRED)
    content = json.loads((root / "a-model" / CARD).read_text())
    assert content == json.loads(msgspec.json.encode(model.card))


def test_a_folder_that_is_still_being_written_is_seen_by_no_reader(root):
    write("model", content=b"old")
    with create("model", make_card()) as path:
        for file in REQUIRED:
            (path / file).write_bytes(b"new")
            assert names() == ["model"]
            assert (read_model("model").path / "encoder.tflite").read_bytes() == b"old"
    assert (read_model("model").path / "encoder.tflite").read_bytes() == b"new"


@pytest.mark.parametrize("failure", [ValueError("bug"), KeyboardInterrupt(), OSError("bad sector")])
def test_a_failure_in_the_middle_leaves_nothing_and_keeps_the_old_model(root, failure):
    write("model")
    before = tree(root)
    expected = StorageError if isinstance(failure, OSError) else type(failure)

    def write_half(name):
        with create(name, make_card()) as path:
            (path / "encoder.tflite").write_bytes(b"half")
            raise failure

    for name in ("model", "another"):
        with pytest.raises(expected):
            write_half(name)
    assert tree(root) == before
    assert [path.name for path in root.iterdir()] == ["model"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
@pytest.mark.parametrize(
    "call", ["mkdtemp", "mkdir", "flush", "sha256", "write_text", "replace", "rename"]
)
def test_a_disk_that_fails_at_any_step_changes_nothing(root, monkeypatch, call, code):
    write("model", content=b"old")
    before = tree(root)

    def fail(*args, **options):
        raise OSError(code, os.strerror(code), "somewhere")

    owner = {"mkdtemp": folder.tempfile, "sha256": atomic, "flush": atomic}.get(call, Path)
    with monkeypatch.context() as patch:
        patch.setattr(owner, call, fail)
        with pytest.raises(StorageError) as caught:
            write("model", content=b"new")
    words = {errno.ENOSPC: "the disk is full", errno.EROFS: "may not be written"}
    words |= {errno.EACCES: "may not be written", errno.EIO: "error"}
    assert words[code] in str(caught.value)
    assert "what was there before is unchanged" in str(caught.value)
    assert tree(root) == before
    assert names() == ["model"]


def test_if_only_the_last_rename_fails_the_old_model_is_back_in_its_place(root, monkeypatch):
    write("model", content=b"old")
    before = tree(root / "model")
    rename = Path.rename

    def fail_for_the_new_one(self, target):
        if self.name.startswith(".writing-"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fail_for_the_new_one)
        with pytest.raises(StorageError, match="what was there before is unchanged"):
            write("model", content=b"new")
    assert tree(root / "model") == before


def test_a_card_with_a_figure_that_is_no_number_is_not_written(root):
    write("model")
    before = tree(root)
    with pytest.raises(ValueError, match="JSON"):
        write("model", elbo=float("nan"))
    assert tree(root) == before


@pytest.mark.parametrize("lacking", ["metrics", "preset", "atlas_spacing", "history"])
def test_a_card_that_lacks_a_field_is_not_written(root, lacking):
    card = make_card()
    del card[lacking]
    with pytest.raises(ValueError, match=lacking), create("model", card):
        pass
    assert list(root.iterdir()) == []


def test_a_card_with_a_field_that_no_reader_knows_is_not_written(root):
    for changes in ({"familiarity": None}, {"metrics": {"elbo": -1.0, "sharpness": 2.0}}):
        with pytest.raises(ValueError, match="unknown"):
            write("model", **changes)
    assert list(root.iterdir()) == []


def test_figures_that_were_measured_later_do_not_change_the_version():
    write("model")
    first = read_model("model")
    folder.update_card(first, metrics={"elbo": -120.0, "protocol": {"seed": 0.0}})
    second = read_model("model")
    assert second.card.metrics == {"elbo": -120.0, "protocol": {"seed": 0.0}}
    assert second.version == first.version


def test_every_replaced_model_is_set_aside_whole(root):
    contents = [b"first", b"second", b"third"]
    for content in contents:
        write("model", content=content)
    aside = sorted((root / "runs" / "replaced").iterdir())
    assert [(folder / "encoder.tflite").read_bytes() for folder in aside] == contents[:2]
    assert all(folder.name.startswith("model-") for folder in aside)
    assert names() == ["model"]


def test_others_may_read_a_finished_folder(root):
    write("model")
    assert (root / "model").stat().st_mode & 0o755 == 0o755


# Names


LIKELY = st.text(string.ascii_lowercase + string.digits + "-", max_size=45)


@given(name=LIKELY | st.text(max_size=45))
@example(name="runs")
@example(name="replaced")
@example(name="runs\n")
@example(name="model\n")
@example(name="a" * 41)
@example(name="a" * 42)
@example(name="..")
@example(name="é")
@example(name="٣")
def test_exactly_the_names_of_the_contract_are_accepted(name):
    if re.fullmatch("[a-z0-9][a-z0-9-]{0,40}", name) and name not in ("runs", "replaced"):
        assert folder.check_name(name) == name
    else:
        with pytest.raises(ConfigError, match="A model cannot be called"):
            folder.check_name(name)


@pytest.mark.parametrize("name", ["../model", "Model", "", ".", "runs", "/", "model/../model"])
def test_nothing_is_written_or_read_under_another_name(root, name):
    write("model")
    before = tree(root)
    with pytest.raises(ConfigError):
        write(name)
    with pytest.raises(ModelNotFoundError, match="The models are: model"):
        read_model(name)
    assert tree(root) == before


def test_without_any_model_the_reader_is_told_how_to_make_one():
    with pytest.raises(ModelNotFoundError, match="python -m vae train explorer"):
        read_model("explorer")
    assert list_models() == ([], {})
    assert folder.fingerprint() == ()


# Damage


def alter(folder):
    path = folder / "decoder.tflite"
    path.write_bytes(path.read_bytes()[:-1] + b"X")


def metrics(**figures):
    return lambda folder: edit_card(folder, metrics=figures)


def card(text):
    content = text if isinstance(text, bytes) else text.encode()
    return lambda folder: (folder / CARD).write_bytes(content)


def name_a_file(name):
    def damage(folder):
        files = json.loads((folder / CARD).read_text())["files"]
        edit_card(folder, files=files | {name: "0" * 64})

    return damage


def drop(key):
    def damage(folder):
        card = json.loads((folder / CARD).read_text())
        del card[key]
        (folder / CARD).write_text(json.dumps(card))

    return damage


def change_model(**changes):
    return lambda folder: edit_card(folder, model=make_card()["model"] | changes)


def dangling_link(folder):
    (folder / "encoder.tflite").unlink()
    (folder / "encoder.tflite").symlink_to(folder / "gone")


DAMAGE = {
    "an altered byte": (alter, "decoder.tflite was altered"),
    "a missing file": (lambda f: (f / "latents.npz").unlink(), "latents.npz is missing"),
    "a link to nowhere": (dangling_link, "encoder.tflite is missing"),
    "a missing card": (lambda f: (f / CARD).unlink(), "card.json is missing"),
    "another schema": (lambda f: edit_card(f, schema=1), "schema"),
    "no card but a list": (card("[1, 2]"), "card.json is unreadable"),
    "no card but a word": (card('"card"'), "card.json is unreadable"),
    "half a card": (card('{"schema": 1, "files"'), "card.json is unreadable"),
    "a card in another script": (card(b"\xff\xfe{}"), "card.json is unreadable"),
    "an empty card": (card(""), "card.json is unreadable"),
    "a bottomless card": (card("[" * 100_000), "card.json is unreadable"),
    "a card without hashes": (lambda f: edit_card(f, files=[]), r"\$\.files"),
    "a file outside": (name_a_file("../other/encoder.tflite"), "outside the folder"),
    "an absolute file": (name_a_file("/etc/passwd"), "outside the folder"),
    "the folder above": (name_a_file(".."), "is missing"),
    "a file that never was": (name_a_file("atlas.png"), "atlas.png is missing"),
    "metrics that are a list": (lambda f: edit_card(f, metrics=[1]), "metrics"),
    "a card never measured": (metrics(), "metrics|elbo"),
    "an ELBO in words": (metrics(elbo="excellent"), "metrics|elbo"),
    "an ELBO that is null": (metrics(elbo=None), "metrics|elbo"),
    "an ELBO that is no number": (metrics(elbo=float("nan")), "card.json is unreadable"),
    "an atlas in words": (lambda f: edit_card(f, atlas_spacing="fine"), "spacing"),
    "an atlas of no spacing": (lambda f: edit_card(f, atlas_spacing=0), "spacing"),
    "a description that is no text": (lambda f: edit_card(f, description=None), "description"),
    "a field too many": (lambda f: edit_card(f, familiarity=None), "unknown field `familiarity`"),
    "a preset too few": (drop("preset"), "missing required field `preset`"),
    "a history of two lengths": (lambda f: edit_card(f, history={"loss": [1.0]}), "history"),
    "a model with a field too many": (change_model(more=1), "fields are missing or unknown"),
    "a model with an impossible width": (change_model(width=1), r"\$\.model\.width"),
}


@pytest.mark.parametrize(("damage", "reason"), DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_model_is_named_with_the_reason_and_the_others_stay(root, damage, reason):
    for name in ("one", "broken", "other"):
        write(name)
    damage(root / "broken")
    valid, invalid = list_models()
    assert [model.name for model in valid] == ["one", "other"]
    assert list(invalid) == ["broken"]
    assert "'broken'" in invalid["broken"]
    assert re.search(reason, invalid["broken"], re.IGNORECASE)
    with pytest.raises(ModelInvalidError, match="'broken'"):
        read_model("broken")


def test_a_model_on_a_failing_disk_is_named_and_the_others_stay(root, monkeypatch):
    write("broken")
    write("one")
    sha256 = atomic.sha256

    def fail_in_one(path):
        if path.parent.name == "broken":
            raise OSError(errno.EIO, "Input/output error")
        return sha256(path)

    monkeypatch.setattr(atomic, "sha256", fail_in_one)
    valid, invalid = list_models()
    assert [model.name for model in valid] == ["one"]
    assert "'broken'" in invalid["broken"]


def test_the_best_elbo_comes_first_and_equals_stand_by_name():
    for name, elbo in (("b", -140.0), ("c", -133.5), ("a", -140.0), ("d", -1e3)):
        write(name, elbo)
    assert names() == ["c", "a", "b", "d"]


def test_what_is_no_model_folder_is_passed_over(root):
    write("model")
    for name in ("runs", ".writing-x", "Upper", "a b"):
        (root / name).mkdir(exist_ok=True)
    (root / "a-file").write_text("")
    assert names() == ["model"]
    assert list_models()[1] == {}


# Fingerprint and version


def changes():
    yield "altered", lambda f: (f / "latents.npz").write_bytes(b"other")
    yield "rewritten", lambda f: os.utime(f / "latents.npz", ns=(1, 1))
    yield "added", lambda f: (f / "note").write_text("")
    yield "removed", lambda f: (f / "latents.npz").unlink()
    yield "card", lambda f: edit_card(f, description="other")
    yield "renamed", lambda f: f.rename(f.with_name("renamed"))


@pytest.mark.parametrize("change", [c for _, c in changes()], ids=[name for name, _ in changes()])
def test_the_fingerprint_stays_until_a_file_changes(root, change):
    write("model")
    before = folder.fingerprint()
    list_models()
    assert folder.fingerprint() == before
    change(root / "model")
    assert folder.fingerprint() != before


def test_a_link_to_nowhere_does_not_stop_the_fingerprint(root):
    write("model")
    write("other")
    before = folder.fingerprint()
    dangling_link(root / "model")
    assert folder.fingerprint() != before


def test_a_folder_that_vanishes_meanwhile_does_not_stop_the_fingerprint(monkeypatch):
    write("model")
    monkeypatch.setattr(folder, "_folder_names", lambda: ["just-replaced", "model"])
    assert len(folder.fingerprint()) >= len(REQUIRED)


def test_the_version_changes_with_the_card_and_with_the_files(root):
    write("model")
    first = read_model("model")
    assert read_model("model") == first
    assert hash(read_model("model")) == hash(first)
    edit_card(root / "model", atlas_spacing=0.05)
    other_card = read_model("model")
    write("model", content=b"other")
    other_files = read_model("model")
    assert len({first.version, other_card.version, other_files.version}) == 3
    assert len({first, other_card, other_files}) == 3


# Latents


SOUND = {
    "mean": np.zeros((5, 2), np.float32),
    "log_var": np.zeros((5, 2), np.float32),
    "label": np.arange(5, dtype=np.uint8),
}


def latents_of(root, arrays):
    root.mkdir(parents=True, exist_ok=True)
    np.savez(root / "latents.npz", **{k: a for k, a in arrays.items() if a is not None})
    return read_latents(ModelFolder(root, None, "version"))


def test_latents_come_back_as_they_were_written(root):
    latents = latents_of(root, SOUND)
    assert {key: array.dtype for key, array in latents.items()} == {
        "mean": np.float32,
        "log_var": np.float32,
        "label": np.uint8,
    }
    for key, array in SOUND.items():
        np.testing.assert_array_equal(latents[key], array)


NOT_A_NUMBER = np.full((5, 2), np.nan, np.float32)


@pytest.mark.parametrize(
    "changed",
    [
        {"mean": None},
        {"mean": np.zeros((5, 3), np.float32)},
        {"mean": np.zeros((4, 2), np.float32)},
        {"mean": NOT_A_NUMBER},
        {"mean": np.full((5, 2), np.inf, np.float32)},
        {"mean": np.full((5, 2), "here")},
        {"mean": np.full((5, 2), {"a": 1}, dtype=object)},
        {"log_var": np.zeros(5, np.float32)},
        {"log_var": NOT_A_NUMBER},
        {"label": np.array(3, np.uint8)},
        {"label": np.full(5, 10, np.uint8)},
        {"label": np.full(5, -1)},
        {"label": np.full(5, np.nan)},
        {"label": np.full(5, 0.5)},
        {key: array[:0] for key, array in SOUND.items()},
    ],
    ids=lambda changed: "-".join(
        f"{key} {array.dtype}{list(array.shape)}" if array is not None else f"no {key}"
        for key, array in changed.items()
    ),
)
def test_latents_that_cannot_be_a_map_are_refused_by_name(root, changed):
    with pytest.raises(ModelInvalidError, match=r"'weights' is left out: latents\.npz"):
        latents_of(root, SOUND | changed)


@pytest.mark.parametrize("content", [b"", b"garbage", b"PK\x03\x04 half an archive", "npy"])
def test_latents_that_are_no_archive_are_refused_by_name(root, content):
    latents_of(root, SOUND)
    if content == "npy":
        with (root / "latents.npz").open("wb") as file:
            np.save(file, SOUND["mean"])
    else:
        (root / "latents.npz").write_bytes(content)
    with pytest.raises(ModelInvalidError, match=r"'weights' is left out: latents\.npz"):
        read_latents(ModelFolder(root, None, "version"))


GRID = np.zeros((3, 4), np.uint8)
LABEL_MAP = {
    "bounds": np.array([-1.0, 1.0, -2.0, 2.0]),
    "digits": GRID + 9,
    "votes": GRID + 15,
    "holes": GRID > 0,
}


def label_map_of(**changed):
    arrays = {key: array for key, array in {**LABEL_MAP, **changed}.items() if array is not None}
    with create("model", make_card()) as path:
        for file in REQUIRED:
            (path / file).write_bytes(b"network")
        np.savez(path / "label_map.npz", **arrays)
    return read_label_map(read_model("model"))


def test_a_label_map_comes_back_as_it_was_written():
    for key, array in label_map_of().items():
        np.testing.assert_array_equal(array, LABEL_MAP[key])


def test_a_model_may_have_no_label_map():
    write("model")
    assert read_label_map(read_model("model")) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"bounds": None},
        {"bounds": np.zeros(4)},
        {"bounds": np.array([-1.0, 1.0, -2.0, np.inf])},
        {"digits": GRID + 10},
        {"digits": GRID.astype(int)},
        {"votes": GRID[:2]},
        {"holes": GRID},
        {key: array[:1] for key, array in LABEL_MAP.items() if key != "bounds"},
    ],
    ids=lambda changed: "-".join(changed),
)
def test_a_label_map_that_cannot_be_one_is_refused_by_name(changed):
    with pytest.raises(ModelInvalidError, match=r"'model' is left out: label_map\.npz"):
        label_map_of(**changed)


@pytest.mark.usefixtures("weights")
def test_a_real_model_passes_its_own_verification():
    model = read_model(MADE)
    assert len(read_latents(model)["label"]) == 100
