"""Proofs of metrics detect false claims, and the commands report them."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from automix_bench import cli
from automix_bench.audio import Audio, rms_db
from automix_bench.metric import Known, Peer, error_metric, metric
from automix_bench.pages.sensitivity_map import MapCell, sensitivity_map
from automix_bench.proofs import prove
from automix_bench.proofs.degradations import DEGRADATIONS
from automix_bench.proofs.sensitivity import sensitivity
from automix_bench.proofs.sensitivity_files import write
from automix_bench.proofs.songs import CHANGED, ProofSong, songs_in
from tests.support.tone_source import Tones

LOUDER = Known(
    "twice the amplitude: 20 log10 2 dB",
    lambda: (tone(0.1), tone(0.2)),
    value=6.0206,
    within=1e-3,
)


def tone(amplitude):
    wave = amplitude * np.sin(np.arange(8_000) / 20.0)
    return Audio(np.stack([wave, wave]).astype(np.float32), 8_000)


def level(*, reference, estimate):
    return level_error(reference=reference, estimate=estimate)


@error_metric(
    unit="dB",
    better="lower",
    low=0.0,
    high=100.0,
    perfect=0.0,
    source="definition",
    sees=("level",),
    blind_to=("polarity", "delay", "channel swap", "stereo"),
    known=(LOUDER,),
    peers=(Peer("numpy", ("numpy",), level, within=1e-6), Peer("none", ("no_such",), level, 1e-6)),
)
def level_error(audio):
    """The level of all samples."""
    return rms_db(audio)


@pytest.fixture(scope="module")
def songs():
    """Of a beat: what comes last is as loud as what comes first."""
    source = Tones(count=2, seconds=2.0, rate=44_100)
    return tuple(ProofSong(one.id, source.load(one).mix) for one in source.catalogue().listings)


def by_kind(proofs, kind):
    return [proof for proof in proofs if proof.kind == kind]


def lies(metric, songs):
    return {proof.kind for proof in prove.prove(metric, songs).failed}


def test_an_honest_metric_proves_all_that_it_says(songs):
    proved = prove.prove(level_error, songs)
    assert proved.failed == ()
    kinds = [proof.kind for proof in proved.proofs]
    assert kinds == [
        "known",
        "perfect",
        "silence",
        *["change"] * 7,
        "order",
        "batch",
        "resampling",
        "peer",
        "peer",
        "cost",
        "cost",
    ]
    there, absent = by_kind(proved.proofs, "peer")
    assert there.holds
    assert (absent.holds, absent.found) == (None, "not installed: no_such")
    assert "off by" in by_kind(proved.proofs, "order")[0].found
    assert "x real time" in by_kind(proved.proofs, "cost")[0].found


@pytest.mark.parametrize("kind", ["known", "order", "change", "peer", "silence", "perfect"])
def test_each_lie_is_found(songs, kind):
    off = Peer("off", ("numpy",), lambda **pair: level(**pair) + 0.01, within=1e-3)
    lie = {
        "known": {"known": (replace(LOUDER, value=6.03),)},
        "order": {"sees": ("level", "width")},
        "change": {"blind_to": level_error.blind_to[1:]},
        "peer": {"peers": (off,)},
        "silence": {"measure": lambda **pair: min(level(**pair), 60.0)},
        "perfect": {"measure": lambda **pair: level(**pair) + 0.01},
    }[kind]
    others = {"known": (), "peers": (), "sees": ()} if "measure" in lie else {}
    assert lies(replace(level_error, **others, **lie), songs) == {kind}


def test_blindness_that_is_not_there_is_found_whichever_change_it_is(songs):
    for change in CHANGED:
        claimed = level_error.blind_to
        other = (
            tuple(c for c in claimed if c != change) if change in claimed else (*claimed, change)
        )
        failed = prove.prove(replace(level_error, blind_to=other), songs).failed
        assert [proof.claim.endswith(f" {change}") for proof in failed] == [True]


def test_a_value_that_depends_on_the_company_is_found(songs):
    before = []

    def drifting(*, reference, estimate):
        before.append(0.0)
        return level(reference=reference, estimate=estimate) + 1e-9 * len(before)

    assert "batch" in lies(replace(level_error, measure=drifting), songs)


def test_what_claims_to_see_must_move_by_a_step(songs):
    """In order, but by thousandths of a step."""
    faint = replace(level_error, measure=lambda **pair: 1e-3 * level(**pair), known=(), peers=())
    assert "order" in lies(faint, songs)


def test_a_metric_whose_package_is_not_here_is_not_proved(songs):
    proved = prove.prove(replace(level_error, packages=("no-such-package",)), songs)
    assert (proved.proofs, proved.missing) == ((), ("no-such-package",))


LIAR = '''
from automix_bench.metric import metric
__all__ = ["liar"]
@metric(unit="1", better="lower", low=0.0, high=1.0, perfect=0.0, source="none", sees=("noise",))
def liar(*, reference, estimate):
    """Finds nothing wrong."""
    return 0.0
'''


@pytest.fixture
def folder(tmp_path, songs):
    import soundfile

    (tmp_path / "songs").mkdir()
    for song in songs:
        soundfile.write(
            tmp_path / "songs" / f"{song.name}.wav", np.tile(song.sound.samples.T, (3, 1)), 44_100
        )
    return tmp_path / "songs"


def test_the_command_shows_the_card_and_leaves_with_3_when_a_proof_fails(folder, tmp_path):
    path = tmp_path / "liar.py"
    path.write_text(LIAR)
    done = CliRunner().invoke(cli.app, ["metric", str(path), "--songs", str(folder)])
    assert done.exit_code == 3
    assert "Finds nothing wrong." in done.stdout
    assert "FAILS" in done.stdout
    done = CliRunner().invoke(cli.app, ["metric", "sdr", "--songs", str(folder), "--json"])
    card = json.loads(done.stdout)
    assert card["name"] == "sdr"
    assert done.exit_code == (3 if any(p["holds"] is False for p in card["proofs"]) else 0)
    assert {"change", "batch", "cost"} <= {proof["kind"] for proof in card["proofs"]}


def test_songs_of_a_folder_are_cut_from_the_middle(folder):
    excerpts = songs_in(folder)
    assert [song.name for song in excerpts] == ["tones-0", "tones-1"]
    assert excerpts[0].sound.seconds == 4.0


@metric(unit="1", better="lower", low=0.0, high=1.0, perfect=0.0, source="definition")
def backwards(*, reference, estimate):
    """Less, the more is wrong."""
    off = float(np.abs(reference.samples - estimate.samples).mean())
    return 1.0 / (1.0 + 1e3 * off) if off else 0.0


def test_sensitivity_tells_order_blindness_and_claims(songs, tmp_path):
    seen = sensitivity([level_error, backwards], songs)
    rows = seen.rows
    assert list(rows) == ["level_error", "backwards"]
    sights = {name: {s.degradation: s for s in row} for name, row in rows.items()}
    assert list(sights["level_error"]) == list(DEGRADATIONS)
    level_seen = sights["level_error"]["level"]
    assert (level_seen.order, level_seen.strict, level_seen.blind) == (1.0, True, False)
    assert level_seen.claimed
    assert level_seen.largest == pytest.approx(16.0, abs=1e-3)
    assert sights["level_error"]["codec"].cell == "blind"
    assert sights["backwards"]["noise"].order == -1.0
    assert sights["backwards"]["noise"].cell == "-1.00"
    json_path, table, picture = write(seen, tmp_path / "out")
    assert len(json.loads(json_path.read_text())["sights"]) == 16
    assert "| `level_error` |" in table.read_text()
    assert "**1.00**" in table.read_text()
    first = picture.read_bytes()
    write(sensitivity([level_error, backwards], songs), tmp_path / "out")
    assert picture.read_bytes() == first
    assert first.count(b"<text") == 8 + 2 + 16


def test_a_heat_map_is_coloured_by_its_values():
    drawn = sensitivity_map(
        {"a<b": [MapCell(1.0, "1"), MapCell(-1.0, "x"), MapCell(np.nan, "–")]}, "pqr"
    )
    assert "a&lt;b" in drawn
    assert [drawn.count(f'fill="{c}"') for c in ("#74a9f5", "#f59f5c", "#e4e6ea")] == [1, 1, 1]
