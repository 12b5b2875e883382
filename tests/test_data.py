import io
import itertools
import re
import zipfile

import numpy as np
import pooch
import pytest

from tests.support.digits import make_digits
from vae import data
from vae.errors import DataError


@pytest.fixture(autouse=True)
def _nothing_at_hand(request):
    if "mnist" not in request.keywords:
        request.getfixturevalue("no_mnist")


def arrays(**changed):
    """What a sound file holds, 30 made-up digits in each part, with some arrays changed."""
    made = make_digits(30, seed=0)
    sound = {"x_train": made.images, "y_train": made.labels}
    sound |= {"x_test": made.images, "y_test": made.labels}
    return {key: array for key, array in (sound | changed).items() if array is not None}


def archive(**changed):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays(**changed))
    return buffer.getvalue()


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def zipped(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture
def named(tmp_path, monkeypatch):
    """Write the file that MNIST_NPZ names."""

    def write(content):
        monkeypatch.setenv("MNIST_NPZ", str(tmp_path / "named.npz"))
        return put(tmp_path / "named.npz", content)

    return write


@pytest.fixture
def downloads(monkeypatch):
    """A network that delivers a sound file; what was asked of it."""
    asked = []

    def retrieve(url, known_hash, fname, path, progressbar):
        asked.append((url, known_hash, progressbar))
        put(path / fname, archive())

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    return asked


def test_the_named_file_comes_before_the_local_one_before_the_cached_one(
    named, monkeypatch, downloads
):
    cached = put(data._cached(), archive())
    assert data.fetch() == data.find() == cached
    local = put(data.LOCAL, archive())
    assert data.fetch() == data.find() == local
    first = named(archive())
    assert data.fetch() == data.find() == first
    assert downloads == []


def test_only_a_machine_without_mnist_downloads_it_and_only_once(downloads):
    assert data.find() is None
    assert data.fetch() == data._cached()
    assert len(data.train_set()) == len(data.test_set()) == 30
    assert downloads == [(data.URL, f"sha256:{data.SHA256}", True)]


def test_a_named_file_that_is_missing_is_an_error_even_if_another_is_at_hand(monkeypatch, tmp_path):
    put(data.LOCAL, archive())
    monkeypatch.setenv("MNIST_NPZ", str(tmp_path / "gone.npz"))
    for call in (data.find, data.fetch, data.train_set):
        with pytest.raises(DataError, match=r"MNIST_NPZ names .*gone\.npz, and there is no such"):
            call()


def test_offline_without_mnist_one_sentence_says_what_to_do():
    with pytest.raises(DataError) as caught:
        data.fetch()
    message = str(caught.value)
    assert "could not be downloaded (Name or service not known)" in message
    assert "python -m vae data" in message
    assert "MNIST_NPZ" in message
    assert "\n" not in message
    assert not data._cached().exists()


def test_a_download_with_the_wrong_hash_is_refused(monkeypatch):
    def retrieve(*args, **options):
        raise ValueError("SHA256 hash of downloaded file does not match\nthe known hash")

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    with pytest.raises(DataError, match="does not match"):
        data.fetch()


def test_digits_come_back_as_they_were_written_whatever_whole_type_the_labels_have(named):
    made = make_digits(30, seed=0)
    named(archive(y_train=made.labels.astype(np.int64)))
    for found in (data.train_set(), data.test_set()):
        np.testing.assert_array_equal(found.images, made.images)
        np.testing.assert_array_equal(found.labels, made.labels)
        assert found.labels.dtype == np.uint8
    assert len(found) == 30


IMAGES = arrays()["x_train"]
LABELS = arrays()["y_train"]
OBJECTS = np.array([{"a": 1}] * 30, dtype=object)
LONG_HEADER = npy(IMAGES)[:8] + (60_000).to_bytes(2, "little") + b" " * 60_000
HUGE = npy(IMAGES).replace(b"(30, 28, 28), }" + b" " * 12, b"(30000000000000, 28, 28), }")
BAD = {
    "nothing": b"",
    "no archive": b"<html>404 Not Found</html>",
    "cut in half": archive()[: len(archive()) // 2],
    "one bare array": npy(IMAGES),
    "a pickle": b"\x80\x04K\x01.",
    "objects": archive(x_train=OBJECTS),
    "objects for labels": archive(y_train=OBJECTS),
    "members that are no arrays": zipped(x_train=b"hello", y_train=b"world"),
    "a member cut in half": zipped(**{"x_train.npy": npy(IMAGES)[:900], "y_train.npy": b""}),
    "an overlong header": zipped(**{"x_train.npy": LONG_HEADER, "y_train.npy": npy(LABELS)}),
    "a header that promises terabytes": zipped(**{"x_train.npy": HUGE, "y_train.npy": npy(LABELS)}),
    "no labels": archive(y_train=None),
    "no images": archive(x_train=None),
    "flat images": archive(x_train=IMAGES.reshape(30, 784)),
    "images of another size": archive(x_train=IMAGES[:, :27]),
    "images in floats": archive(x_train=IMAGES / 255),
    "signed images": archive(x_train=IMAGES.astype(np.int8)),
    "fewer labels than images": archive(y_train=LABELS[:29]),
    "one label": archive(y_train=np.array(3)),
    "labels in floats": archive(y_train=LABELS.astype(float)),
    "a label 10": archive(y_train=LABELS + np.uint8(1)),
    "a label -1": archive(y_train=LABELS.astype(int) - 1),
    "no digits at all": archive(x_train=IMAGES[:0], y_train=LABELS[:0]),
    "all black": archive(x_train=IMAGES * 0),
    "pixels 0 and 1": archive(x_train=(IMAGES > 0).astype(np.uint8)),
}


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_a_bad_file_is_named_in_one_line_with_the_next_step_and_left_as_it_is(named, content):
    path = named(content)
    with pytest.raises(DataError) as caught:
        data.train_set()
    assert str(path) in str(caught.value)
    assert "MNIST_NPZ" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_a_file_with_any_one_byte_altered_is_read_or_refused_but_never_crashes(named):
    small = {"x_train": IMAGES[:1], "y_train": LABELS[:1]}
    sound = archive(**small, x_test=None, y_test=None)
    escaped = {}
    for place, flip in itertools.product(range(len(sound)), (0x01, 0xFF)):
        path = named(sound[:place] + bytes([sound[place] ^ flip]) + sound[place + 1 :])
        try:
            data.train_set()
        except DataError:
            pass
        except Exception as error:
            escaped.setdefault(type(error).__name__, (place, str(error)))
    assert path.is_file()
    assert escaped == {}


def test_only_the_part_that_is_asked_for_has_to_be_sound(named):
    named(archive(y_test=None))
    assert len(data.train_set()) == 30
    with pytest.raises(DataError, match="x_test and y_test"):
        data.test_set()


def test_a_damaged_cached_file_is_kept_and_the_advice_gets_it_out_of_the_way(downloads):
    # `python -m vae data` alone finds the damaged file again and says the same.
    cached = put(data._cached(), b"damaged")
    with pytest.raises(DataError) as caught:
        data.train_set()
    assert cached.read_bytes() == b"damaged"
    assert re.search("move|rename|delete|remove", str(caught.value), re.IGNORECASE)


def test_unit_maps_black_to_0_and_white_to_1():
    unit = data.unit(np.array([0, 51, 255], np.uint8))
    np.testing.assert_allclose(unit, [0, 0.2, 1], rtol=1e-6)
    assert unit.dtype == np.float32


@pytest.mark.mnist
def test_the_real_file_has_60000_digits_to_learn_and_10000_to_test():
    if data.find() is None:
        pytest.skip("MNIST is not on this machine; see MNIST_NPZ in the README")
    train, test = data.train_set(), data.test_set()
    assert train.images.shape == (60_000, 28, 28)
    assert test.images.shape == (10_000, 28, 28)
    assert set(train.labels) == set(test.labels) == set(range(10))
    assert train.images.max() == 255
