"""Names of tracks become those that networks know, and known ones stay as they are."""

import numpy as np
import pytest

from automix_bench.audio import Audio
from automix_bench.mixing_rules.panning import Panning
from automix_bench.mixing_rules.session import Track
from automix_bench.mixing_rules.track_roles import told_role
from automix_bench.model import Brief
from automix_bench.model_parts.drum_slots import SLOTS, slot_of
from automix_bench.model_parts.roles import ROLES
from automix_bench.model_parts.track_names import known_name, with_known_names


def test_known_names_stay_as_they_are():
    for name in (*SLOTS, *ROLES[1:], "toms-2", "kick-1"):
        assert known_name(name) == name


@pytest.mark.parametrize(
    ("stem", "known"),
    [
        ("kick_in", "kick-kick-in"),
        ("snare_top", "snare-snare-top"),
        ("Tom1", "toms-tom1"),
        ("ride", "cymbals-ride"),
        ("oh_l", "overhead-left"),
        ("oh_r", "overhead-right"),
        ("OH", "overhead-left"),
        ("overheads-1", "overhead-left"),
        ("overheads-2", "overhead-right"),
        ("Over Head Right", "overhead-right"),
        ("overhead_center", "overhead-left"),
        ("OHR", "overhead-right"),
        ("room", "room"),
        ("lead_vox", "lead_vox"),
        ("drum_room", "drum_room"),
        ("", ""),
        ("\N{DRUM WITH DRUMSTICKS}", "\N{DRUM WITH DRUMSTICKS}"),
    ],
)
def test_names_of_files(stem, known):
    assert known_name(stem) == known


@pytest.mark.parametrize(
    ("stem", "told"),
    [
        ("guitar-2", "guitar"),
        ("overhead-left", "overhead"),
        ("kick_in", "kick"),
        ("Lead Vox", "vocals"),
        ("oh_r", "overhead"),
        ("synth_lead", "lead"),
        ("ch01", "ch01"),
        ("CH 1", "CH 1"),
        ("bassoon", "winds"),
        ("bass_clarinet", "winds"),
        ("bass_di", "bass"),
        ("guitar_chorus", "guitar"),
        ("chorus", "vocals"),
        ("backing_vocals", "backing"),
        ("oh_vox", "vocals"),
        ("steel_drums", "mallets"),
        ("organic", "organic"),
        ("hi_hat", "hihat"),
        ("room", "room"),
        ("", ""),
    ],
)
def test_rules_read_names_of_files(stem, told):
    assert told_role(stem) == told
    assert Track(stem, Audio(np.zeros((1, 8), np.float32), 44_100)).role == told


def test_every_role_of_networks_is_known_to_rules_as_it_is():
    for name in ROLES[1:]:
        assert told_role(f"{name}-3") == name


def test_a_kit_by_the_names_of_files_takes_the_slots_of_its_roles():
    names = ["kick_in", "snare_top", "hihat", "tom1", "tom2", "oh_l", "oh_r", "ride"]
    silence = Audio(np.zeros((1, 8), np.float32), 44_100)
    stems = with_known_names(dict.fromkeys(names, silence))
    slots = slot_of(list(stems))
    by_file = dict(zip(names, stems, strict=True))
    found = {name: SLOTS[slots[by_file[name]]] for name in names}
    assert found == {
        "kick_in": "kick",
        "snare_top": "snare",
        "hihat": "hihat",
        "tom1": "toms",
        "tom2": "toms",
        "oh_l": "overhead-left",
        "oh_r": "overhead-right",
        "ride": "cymbals",
    }


def test_no_stem_is_lost_where_names_become_one():
    sounds = [Audio(np.full((1, 8), value, np.float32), 44_100) for value in (0.1, 0.2, 0.3)]
    for names in (["oh", "overhead-left"], ["oh_l", "ohl", "overhead-left"], ["oh_l", "OH L"]):
        given = dict(zip(names, sounds, strict=False))
        assert list(with_known_names(given).values()) == list(given.values())


@pytest.mark.parametrize("model", ["drum_console", "drum_wave_u_net"])
def test_drum_models_mix_a_kit_by_any_names_alike(model):
    pytest.importorskip("torch")
    from automix_bench.evaluation.entry import model_named

    mixer = model_named(f"learned/{model}")
    rng = np.random.default_rng(0)
    names = {"kick": "Kick In", "snare": "snare_top", "hihat": "HiHat", "overhead-left": "oh_l"}
    usual = {
        name: Audio((0.1 * rng.standard_normal((1, 44_100))).astype(np.float32), 44_100)
        for name in names
    }
    other = {names[name]: stem for name, stem in usual.items()}
    one, same = (mixer(Brief(stems)).stems["mix"].samples for stems in (usual, other))
    assert np.abs(one - same).max() < 1e-5
    with pytest.raises(ValueError, match="at least one"):
        mixer(Brief({}))


@pytest.mark.parametrize(
    ("left", "right"), [("oh_l", "oh_r"), ("overhead-left", "overhead-right"), ("oh1", "oh2")]
)
def test_a_pair_of_overheads_is_panned_by_any_names(left, right):
    rng = np.random.default_rng(0)
    tracks = [
        Track(name, Audio((0.1 * rng.standard_normal((1, 44_100))).astype(np.float32), 44_100))
        for name in (left, right)
    ]
    assert [Panning._side(track) for track in tracks] == [-1.0, 1.0]
