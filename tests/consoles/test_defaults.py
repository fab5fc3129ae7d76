"""What a random console does where nothing is said, and what becomes of its chances."""

import json

import pytest

from automix_bench.consoles.console_json import chains_in, console_from_json, console_to_json
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomAux, RandomConsole, RandomGroup
from automix_bench.distributions.plain import Constant, Uniform
from automix_bench.effects.gain import Gain
from automix_bench.effects.pan import Pan
from automix_bench.errors import DatasetError
from automix_bench.sampling import Seed

SEEDS = [Seed(4) / n for n in range(300)]
GAIN = Gain.random(gain_db=Uniform(-6.0, 6.0))
PAN = Pan.random(pan=Uniform(-1.0, 1.0))


def kinds(drawn):
    return [type(place).__name__ for place in drawn.places]


def test_a_chain_has_all_its_effects_in_order_where_nothing_is_said():
    assert all(kinds(RandomChain((GAIN, PAN)).draw(seed)) == ["Gain", "Pan"] for seed in SEEDS)
    assert RandomChain().draw(SEEDS[0]).places == ()


@pytest.mark.parametrize(("chance", "share"), [(1.0, 1.0), (0.95, 0.95), (0.05, 0.05), (0.0, 0.0)])
def test_a_chain_is_there_as_often_as_its_chance_says(chance, share):
    there = [bool(RandomChain((GAIN,), chance=chance).draw(seed).places) for seed in SEEDS]
    assert sum(there) / len(there) == pytest.approx(share, abs=0.035 if 0.0 < share < 1.0 else 0.0)


def test_every_stem_sends_to_an_aux_where_nothing_is_said_but_the_residual():
    aux = RandomAux(RandomChain((GAIN,)), Constant(-6.0))
    stems = ("bass", "residual", "vocals-2")
    drawn = [aux.draw(stems, seed).sends_db for seed in SEEDS]
    assert all(sends == {"bass": -6.0, "vocals-2": -6.0} for sends in drawn)
    named = RandomAux(RandomChain((GAIN,)), Constant(-6.0), roles=("residual", "vocals"))
    assert named.draw(stems, SEEDS[0]).sends_db == {"residual": -6.0, "vocals-2": -6.0}
    assert RandomAux(RandomChain((GAIN,)), Constant(0.0), 0.0).draw(stems, SEEDS[0]).sends_db == {}


def test_an_empty_console_is_empty():
    drawn = RandomConsole().draw(("bass", "residual"), SEEDS[0])
    assert [kinds(strip) for strip in drawn.strips.values()] == [[], []]
    assert (kinds(drawn.bus), drawn.groups, drawn.auxes, drawn.prepared) == ([], {}, {}, {})


def test_stems_are_prepared_but_the_residual_and_those_that_drew_nothing():
    console = RandomConsole(prepared=RandomChain((GAIN,), chance=0.5))
    drawn = [console.draw(("bass", "keys", "residual"), seed).prepared for seed in SEEDS]
    assert {tuple(prepared) for prepared in drawn} == {(), ("bass",), ("keys",), ("bass", "keys")}
    always = RandomConsole(prepared=RandomChain((GAIN,)))
    assert set(always.draw(("bass", "residual"), SEEDS[0]).prepared) == {"bass"}


def test_no_two_places_share_their_draws():
    console = RandomConsole(
        default=RandomChain((GAIN,)),
        bus=RandomChain((GAIN,)),
        groups={"a": RandomGroup(("bass",), RandomChain((GAIN,)))},
        auxes={"a": RandomAux(RandomChain((GAIN,)), Uniform(-6.0, 6.0))},
        prepared=RandomChain((GAIN,)),
    )
    drawn = console.draw(("bass", "bass-2", "a", "bus"), SEEDS[0])
    values = [chain.places[0].gain_db for _, chain in drawn.places()]
    values += drawn.auxes["a"].sends_db.values()
    assert len(values) == len(set(values)) == 15


CONSOLE = {
    "strips": {"bass": [{"effect": "gain", "gain_db": -3.0}], "keys": []},
    "bus": [{"effect": "gain", "gain_db": 1.0}],
    "groups": {"all": {"stems": ["bass", "keys"], "chain": [{"effect": "polarity"}]}},
    "auxes": {
        "room": {"sends_db": {"bass": -6.0}, "chain": [{"effect": "gain", "gain_db": 2.0}]},
    },
    "prepared": {"bass": [{"effect": "gain", "gain_db": 4.0}]},
    "labels": {"request": "warmer"},
}


def test_a_console_is_the_json_it_was_read_from():
    console = console_from_json(json.loads(json.dumps(CONSOLE)))
    assert console_to_json(console) == CONSOLE
    bare = {"strips": {}, "bus": []}
    assert console_to_json(console_from_json(bare)) == bare
    places = {place: [e["effect"] for e in chain] for place, chain in chains_in(CONSOLE)}
    assert places == {
        "bass": ["gain"],
        "keys": [],
        "group all": ["polarity"],
        "aux room": ["gain"],
        "bus": ["gain"],
        "prepared bass": ["gain"],
    }
    assert [place for place, _ in chains_in(bare)] == ["bus"]


@pytest.mark.parametrize("level", ["-6", None, [1.0], float("inf"), float("-inf"), float("nan")])
def test_a_send_is_a_finite_number(level):
    wrong = json.loads(json.dumps(CONSOLE))
    wrong["auxes"]["room"]["sends_db"]["bass"] = level
    with pytest.raises(DatasetError, match="aux room"):
        console_from_json(wrong)


@pytest.mark.parametrize("stems", ["bass", ["bass", 3], [3, "bass"], {"bass": 1}, None])
def test_the_stems_of_a_group_are_a_list_of_names(stems):
    wrong = json.loads(json.dumps(CONSOLE))
    wrong["groups"]["all"]["stems"] = stems
    with pytest.raises(DatasetError, match="group all"):
        console_from_json(wrong)


@pytest.mark.parametrize(
    ("part", "value"),
    [("strips", []), ("bus", {}), ("bus", None), ("groups", []), ("auxes", 3), ("labels", [])],
)
def test_a_part_of_another_type_is_refused(part, value):
    with pytest.raises(DatasetError):
        console_from_json({**CONSOLE, part: value})


@pytest.mark.parametrize("part", ["strips", "bus"])
def test_strips_and_bus_may_not_be_missing(part):
    with pytest.raises(DatasetError, match=f"{part} is missing"):
        console_from_json({name: value for name, value in CONSOLE.items() if name != part})
