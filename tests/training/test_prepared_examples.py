"""What is kept of an example comes back bit for bit, and damage is named."""

import contextlib
import hashlib
import os
import re
import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from automix_bench import errors  # noqa: E402
from automix_bench.files.atomic import write_whole  # noqa: E402
from automix_bench.training.prepared_examples import mapped, stored  # noqa: E402
from automix_bench.weights import store  # noqa: E402

KINDS = ["?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", ">f4", ">i8"]


def test_every_kind_of_array_comes_back(tmp_path):
    rng = np.random.default_rng(1)
    arrays = {}
    for kind in KINDS:
        for shape in ((), (0, 3), (5,), (2, 3, 4)):
            arrays[f"{kind} {shape}"] = (100 * rng.random(shape)).astype(kind)
    arrays["strided"] = np.arange(12.0).reshape(3, 4).T
    path = tmp_path / "a.safetensors"
    path.write_bytes(stored(arrays, "song-0"))
    back = mapped(path)
    assert back.keys() == arrays.keys()
    for name, array in arrays.items():
        assert back[name].shape == array.shape
        assert back[name].dtype == array.dtype.newbyteorder("<")
        np.testing.assert_array_equal(back[name], array)
        assert not back[name].flags.writeable


@pytest.mark.parametrize(
    ("arrays", "line"),
    [
        ({"x": np.array(["bass"])}, r"song-0: prepared 'x': wanted .* got <U4"),
        ({"x": np.zeros(2, complex)}, "got complex128: store text as numbers"),
        ({"x": np.array([None])}, "got object"),
        ({}, "song-0: prepared nothing"),
    ],
)
def test_what_cannot_be_stored_is_refused(arrays, line):
    with pytest.raises(errors.UsageError, match=line):
        stored(arrays, "song-0")


@pytest.mark.parametrize("size", [0, 4, 9, 60, -1])
def test_a_damaged_file_is_named(size, tmp_path):
    path = tmp_path / "a.safetensors"
    content = stored({"x": np.arange(100.0)}, "song-0")
    path.write_bytes(content[:size])
    line = r"a\.safetensors: a prepared example that is missing or damaged .*: delete it"
    with pytest.raises(errors.DatasetError, match=line):
        mapped(path)


def test_a_mapped_file_is_not_kept_open_and_not_written_to(tmp_path):
    """A process may often have no more than 1,024 open files; a training has more examples."""
    for number in range(20):
        write_whole(tmp_path / f"{number}.st", stored({"a": np.arange(9)}, "s1"))
    before = _open_descriptors()
    arrays = [mapped(tmp_path / f"{number}.st") for number in range(20)]
    assert _open_descriptors() == before
    for one in arrays:
        assert np.array_equal(one["a"], np.arange(9))
        with pytest.raises(ValueError, match="read-only"):
            one["a"][0] = 1


def _open_descriptors() -> list[int]:
    found = []
    for descriptor in range(512):
        with contextlib.suppress(OSError):
            os.fstat(descriptor)
            found.append(descriptor)
    return found


def test_a_deleted_example_is_prepared_again(trained, tmp_path):
    trained(tmp_path / "out", "steps=1", "bins=3")
    path = tmp_path / "out" / "prepared" / "train" / "000000.safetensors"
    before = path.read_bytes()
    path.unlink()
    (tmp_path / "again").mkdir()
    (tmp_path / "out" / "prepared").rename(tmp_path / "again" / "prepared")
    trained(tmp_path / "again", "steps=1", "bins=3")
    assert (tmp_path / "again" / "prepared" / "train" / path.name).read_bytes() == before


def test_what_others_prepared_is_refused(trained, tmp_path):
    trained(tmp_path / "one", "steps=1", "bins=3")
    with pytest.raises(errors.DatasetError, match="prepared by other code, with other settings"):
        trained(tmp_path / "two", "steps=1", "bins=4", prepared=tmp_path / "one" / "prepared")


@pytest.fixture
def network():
    torch.manual_seed(1)
    return torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))


def test_weights_are_written_the_same_again_and_loaded(network, tmp_path):
    texts = {name: name for name in "qwertyuiop"}
    contents = {store.packed(network.state_dict(), texts) for _ in range(3)}
    shuffled = dict(sorted(texts.items()))
    contents.add(store.packed(network.state_dict(), shuffled))
    (content,) = contents
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    other = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
    assert store.load_into(other, path) == texts
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name])


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda t: t.pop("0.bias"), r"weights of another network: 0\.bias missing$"),
        (lambda t: t.update(more=torch.zeros(1)), r"another network: more too many$"),
        (
            lambda t: t.update({"0.weight": torch.zeros(3, 3)}),
            r"0\.weight has the shape \(3, 3\), wanted \(3, 2\)",
        ),
        (
            lambda t: t.update({"0.bias": torch.zeros(3, dtype=torch.int64)}),
            r"0\.bias holds torch\.int64, wanted torch\.float32",
        ),
        (
            lambda t: t.update({"0.bias": torch.tensor([0.0, float("nan"), 0.0])}),
            r"0\.bias holds values that are not finite",
        ),
        (
            lambda t: t.update({"0.bias": torch.full((3,), 1e300, dtype=torch.float64)}),
            r"0\.bias holds values that are not finite in 32 bits",
        ),
        (
            lambda t: t.update({"1.num_batches_tracked": torch.tensor(3.0 + 4.0j)}),
            r"1\.num_batches_tracked holds torch\.complex64, wanted floats or integers",
        ),
        (
            lambda t: t.update({"0.bias": torch.zeros(3).to(torch.float8_e4m3fn)}),
            r"0\.bias holds torch\.float8_e4m3fn, wanted floats or integers",
        ),
    ],
)
def test_weights_of_another_network_are_refused_and_nothing_is_loaded(
    change, line, network, tmp_path
):
    tensors = {name: tensor + 1 for name, tensor in network.state_dict().items()}
    change(tensors)
    path = tmp_path / "w.safetensors"
    path.write_bytes(store.packed(tensors, {}))
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with pytest.raises(errors.DatasetError, match=line):
        store.load_into(network, path)
    for name, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_damaged_weights_are_refused(network, tmp_path):
    path = tmp_path / "w.safetensors"
    with pytest.raises(errors.DatasetError, match="no file of weights there"):
        store.load_into(network, path)
    content = store.packed(network.state_dict(), {})
    for part in (content[:-1], content[:20], b"", b"\x80\x04pickle"):
        path.write_bytes(part)
        with pytest.raises(errors.DatasetError, match="no safetensors file, or a damaged one"):
            store.load_into(network, path)


def test_shipped_weights_are_those_of_their_cards():
    cards = {path.stem for path in store.FOLDER.glob("*.md")}
    assert cards == set(store.names())
    for name in store.names():
        path = store.shipped(name)
        card = path.with_suffix(".md").read_text(encoding="utf-8")
        (stated,) = re.findall(r"^sha256: ([0-9a-f]{64})$", card.split("---")[1], re.M)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == stated, name
        assert path.stat().st_size <= 5_000_000, name
        tensors, texts = store.read(path)
        assert texts["name"] == name
        assert f"\ntensors: {store.tensors_sha256(tensors)}\n" in card, name


def test_the_hash_of_tensors_is_of_names_kinds_shapes_and_values_alone():
    one = {"a": torch.tensor([1.0, 2.0]), "b": torch.tensor([[3]])}
    same = store.tensors_sha256(dict(reversed(one.items())))
    assert store.tensors_sha256(one) == same
    for other in (
        {**one, "a": torch.tensor([1.0, 2.5])},
        {**one, "a": torch.tensor([[1.0, 2.0]])},
        {**one, "b": torch.tensor([[3.0]])},
        {"c": one["a"], "b": one["b"]},
    ):
        assert store.tensors_sha256(other) != same


def test_weights_that_are_not_shipped_are_named():
    with pytest.raises(errors.UnknownPlugin, match="no weights 'nobody' are shipped"):
        store.shipped("nobody")


def linear():
    return torch.nn.Linear(2, 1)


def test_weights_that_were_written_anew_are_loaded_anew(tmp_path):
    path, answers = tmp_path / "w.safetensors", []
    for number in range(3):
        tensors = {"weight": torch.full((1, 2), float(number)), "bias": torch.zeros(1)}
        write_whole(path, store.packed(tensors, {}))
        networks = [store.network_with(linear, str(path)) for _ in range(2)]
        assert networks[0] is networks[1]
        assert not networks[0].training
        answers.append(float(networks[0](torch.ones(2)).detach()))
    assert answers == [0.0, 2.0, 4.0]


def test_what_is_prepared_anew_in_one_place_is_read_anew(trained, tmp_path):
    outcomes = []
    for bins in (8, 3):
        out = tmp_path / "out"
        trained(out, f"bins={bins}", "steps=4")
        outcomes.append((out / "weights.safetensors").read_bytes())
        shutil.rmtree(out)
    trained(tmp_path / "other", "bins=3", "steps=4")
    assert outcomes[1] == (tmp_path / "other" / "weights.safetensors").read_bytes()
    assert outcomes[1] != outcomes[0]
