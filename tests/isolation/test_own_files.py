"""What a model may read of its own: named weights, files beside it; never the data set."""

from pathlib import Path

import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.errors import UsageError
from automix_bench.evaluation.entry import entry
from automix_bench.isolation.box import why_no_box
from automix_bench.isolation.model_process import ModelProcess
from automix_bench.isolation.reads import without
from automix_bench.model import Brief

pytestmark = pytest.mark.skipif(bool(why_no_box()), reason=why_no_box() or "boxed here")
BRIEF = Brief({"a": Audio(np.full((1, 441), 0.5, np.float32), 44_100)})
MODEL = """
__all__ = ["mine"]
import automix_bench as ab
from pathlib import Path
from automix_bench.audio import total
{head}

def mine(brief):
    gain = float({gain})
    return ab.Answer(stems={{"mix": total(brief.stems.values()).scaled(gain)}})
"""


def model(folder, gain, head=""):
    path = folder / "mine.py"
    path.write_text(MODEL.format(head=head, gain=gain))
    return path


@pytest.fixture
def place(tmp_path):
    for name in ("models/net/deep", "data", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "gain.txt").write_text("0.25")
    (tmp_path / "models" / "gain.txt").write_text("0.25")
    return tmp_path


def asked(path, forbidden=(), reads=()):
    place = entry(str(path), forbidden, reads).place
    with ModelProcess(place, forbidden) as process:
        return process.ask(BRIEF)


def peak(reply):
    assert reply.failure == "", reply.failure
    return float(reply.answer.stems["mix"].samples.max())


def test_a_file_beside_it_is_read_and_a_folder_only_if_it_is_named(place):
    own = place / "models"
    assert peak(asked(model(own, "Path(__file__).with_name('gain.txt').read_text()"))) == 0.125
    deep = "(Path(__file__).parent / 'net/deep/gain.txt').read_text()"
    assert "Permission denied" in asked(model(own, deep)).failure
    assert peak(asked(model(own, deep, "ab.weights('net')"))) == 0.125


def test_a_link_that_leads_elsewhere_is_not_followed(place):
    (place / "models" / "link.txt").symlink_to(place / "elsewhere" / "gain.txt")
    path = model(place / "models", "Path(__file__).with_name('link.txt').read_text()")
    assert "Permission denied" in asked(path).failure
    assert peak(asked(path, reads=[place / "elsewhere"])) == 0.125


def test_what_lies_elsewhere_is_read_if_the_user_says_so(place):
    outside = place / "elsewhere"
    path = model(place / "models", f"Path({str(outside / 'gain.txt')!r}).read_text()")
    assert "Permission denied" in asked(path).failure
    assert peak(asked(path, reads=[outside])) == 0.125


@pytest.mark.parametrize("named", ["elsewhere", "elsewhere/gain.txt", ".", "models"])
def test_weights_that_are_no_part_of_it_are_refused(place, named):
    path = model(place / "models", "1", f"ab.weights({str(place / named)!r})")
    with pytest.raises(UsageError, match=r"expected weights below the folder|cannot be read"):
        asked(path)


def test_named_weights_elsewhere_may_be_allowed(place):
    outside = place / "elsewhere"
    head = f"WEIGHTS = ab.weights({str(outside)!r})"
    path = model(place / "models", "(WEIGHTS / 'gain.txt').read_text()", head)
    assert peak(asked(path, reads=[outside])) == 0.125


def test_the_data_set_is_not_read_even_in_its_own_folder(place):
    data = place / "models" / "net"
    path = model(place / "models", "(Path(__file__).parent / 'net/deep/gain.txt').read_text()")
    assert "Permission denied" in asked(path, [data]).failure
    path = model(place / "models", "1", "ab.weights('net')")
    with pytest.raises(UsageError, match="weights"):
        asked(path, [data])


def test_a_model_that_lies_in_the_data_set_is_refused(place):
    path = model(place / "data", "1")
    with pytest.raises(UsageError, match=r"lies in .*data, which no model may read: move it"):
        asked(path, [place / "data"])


def test_a_folder_around_a_forbidden_one_is_what_else_lies_in_it(place):
    (place / "link").symlink_to(place / "data")
    left = without([place], [place / "data"])
    assert left == (place / "elsewhere", place / "models")
    assert without([place / "data" / "gain.txt"], [place / "data"]) == ()
    assert without([place / "models"], [place / "models" / "net"]) == (
        place / "models" / "gain.txt",
    )


def test_compiled_code_of_the_package_is_read_and_never_written(tmp_path):
    """A model neither compiles again what the harness has stored, nor stores anything there."""
    from automix_bench.dsp.dynamics import detector

    detector._loudest_channel(np.zeros((1, 8), np.float32))  # it is stored now, at the latest
    stored = set((Path(detector.__file__).parent / "__pycache__").iterdir())
    call = "loop(np.zeros((1, 8), np.float32))"
    head = f"""
from pathlib import Path

import numpy as np
from automix_bench.dsp.dynamics.detector import _loudest_channel as loop

def hits():
    {call}
    loop(np.zeros((1, 8), np.int16))  # of another type: compiled here, and stored nowhere
    return len(loop.stats.cache_hits)
"""
    assert peak(asked(model(tmp_path, "hits()", head))) == 0.5
    assert set((Path(detector.__file__).parent / "__pycache__").iterdir()) == stored


def test_a_process_loads_no_more_than_its_model_needs(tmp_path):
    """What an agent's program needs takes a third of a second to load."""
    loaded = "any(name.startswith('automix_bench.agents') for name in sys.modules)"
    path = model(tmp_path, f"0.25 if {loaded} else 1.0", head="import sys")
    assert peak(asked(path)) == 0.5
