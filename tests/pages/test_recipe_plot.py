"""The picture of a recipe, and the curves that are measured for it."""

import re
import sys
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from automix_bench import errors
from automix_bench.audio import Audio, amplitude
from automix_bench.consoles.random_chain import RandomChain
from automix_bench.consoles.random_console import RandomConsole
from automix_bench.distributions.plain import Choice, Uniform
from automix_bench.effects.gain import Gain
from automix_bench.effects.pan import Pan
from automix_bench.effects.peaking_eq import PeakingEQ
from automix_bench.pages import recipe_plot
from automix_bench.pages.drawn_settings import DrawnSetting, drawn_settings
from automix_bench.pages.response_curves import BANDS_HZ, LEVELS_DB, levels_out_db, response_db
from automix_bench.recipe import BySplit
from tests.catalogue.test_draws import FULL, Closed, Levelled


def test_panels_hold_what_is_drawn_and_nothing_that_is_always_the_same(recipe):
    shown = {(p.title, p.places[0]): p for p in drawn_settings(recipe(console=FULL), 400, 3)}
    peak = shown["PeakingEQ.frequency_hz", "vocals"]
    assert peak.places == ("vocals", "every other stem")
    assert 180 < len(peak.values) < 300  # there six times in ten
    assert shown["Compressor.ratio", "vocals"].places == ("vocals", "group rhythm")
    assert set(shown["Compressor.ratio", "vocals"].values) == {2.0, 4.0, 8.0}
    assert shown["send_db", "aux side"].unit == "dB"
    assert set(shown["HighShelf.gain_db", "every other stem"].values) == {3.0, -2.0}
    assert ("PeakingEQ.q", "vocals") not in shown
    assert {title for title, place in shown if place == "bus"} == {
        "PeakingEQ.frequency_hz",
        "PeakingEQ.gain_db",
    }


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_a_picture_is_written_and_equal_arguments_give_equal_ones(recipe, tmp_path, kind):
    one, two = tmp_path / f"one.{kind}", tmp_path / f"two.{kind}"
    for path in (one, two):
        recipe_plot.picture(recipe(console=FULL), path, draws=100, seed=1)
    assert one.read_bytes() == two.read_bytes()
    start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind]
    assert one.read_bytes().startswith(start)
    if kind == "svg":
        assert len(one.read_text("utf-8")) > 50_000


def test_a_picture_shows_closed_desks_normalisers_and_every_split(recipe, tmp_path):
    levelled = RandomConsole(bus=RandomChain((Levelled.random(peak_db=Uniform(-12.0, -6.0)),)))
    console = BySplit(levelled, RandomConsole(), Closed())
    recipe_plot.picture(recipe(console=console), tmp_path / "one.png", draws=50)
    assert (tmp_path / "one.png").stat().st_size > 10_000


def test_what_a_picture_needs_is_asked_for(recipe, tmp_path, monkeypatch):
    with pytest.raises(errors.UsageError, match=r"ends in \.png, \.svg, \.pdf, got one\.bmp"):
        recipe_plot.picture(recipe(), tmp_path / "one.bmp")
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    for name in ("one.png", "one.pdf"):
        with pytest.raises(errors.MissingPart, match=r"a picture as \.p.. needs vl-convert-python"):
            recipe_plot.picture(recipe(), tmp_path / name)
    recipe_plot.picture(recipe(), tmp_path / "one.svg", draws=10)
    assert [path.name for path in tmp_path.iterdir()] == ["one.svg"]


def test_a_measured_response_is_that_of_the_formula():
    assert np.abs(response_db(Gain(-6.0)) + 6.0).max() < 1e-4
    peak = response_db(PeakingEQ(1_000.0, 9.0, 1.0))
    at = int(np.argmin(np.abs(BANDS_HZ - 1_000.0)))
    assert peak[at] == pytest.approx(9.0, abs=0.05)
    assert abs(peak[0]) < 0.05
    assert np.abs(response_db(Pan(0.5))).max() == pytest.approx(0.0, abs=0.1)
    assert (response_db(lambda audio: audio.scaled(0.0)) == -90.0).all()


def test_measured_levels_are_those_of_a_curve():
    assert levels_out_db(Gain(-6.0)) == pytest.approx(LEVELS_DB - 6.0, abs=1e-3)

    def clipped(audio):
        ceiling = amplitude(-20.0)
        return Audio(
            np.where(audio.samples > 0.0, ceiling, -ceiling).astype(np.float32), audio.rate
        )

    assert levels_out_db(clipped) == pytest.approx(-20.0 + 3.01, abs=0.05)


def test_a_picture_shows_what_was_drawn_beside_what_is_declared(recipe, tmp_path):
    heavy = Choice(("hard", "a<b"), weights=(3.0, 1.0))
    setting = DrawnSetting("X.kind", ("bus",), "", heavy, ("hard",) * 6 + ("a<b",) * 4)
    words = recipe_plot._word_shares(setting)
    tooltips = re.findall(r"<title>([^<]*)</title>", words)
    assert tooltips == [
        "hard: 60 %",
        "hard: 75 % declared",
        "a&lt;b: 40 %",
        "a&lt;b: 25 % declared",
    ]
    assert "<b" not in words
    even = Uniform(0.0, 50.0)
    values = (0.5, 0.5, 1.0, 1.5)  # of fifty bins, three in the first and one in the second
    numbers = recipe_plot._number_shares(DrawnSetting("X.level_db", ("bus",), "dB", even, values))
    assert re.findall(r"<title>([^<]*)</title>", numbers) == [
        "0 to 1: 75 %",
        "1 to 2: 25 %",
        "as declared",
    ]
    (outline,) = re.findall(r'class="l ink" points="([^"]*)"', numbers)
    heights = {pair.split(",")[1] for pair in outline.split()}
    assert len(outline.split()) == 2 * 50
    assert len(heights) == 1


def test_a_picture_is_well_formed_and_every_panel_has_its_place(recipe, tmp_path):
    auxes = {"<b> & co": FULL.auxes["side"]}
    sly = recipe(console=replace(FULL, auxes=auxes))
    recipe_plot.picture(sly, tmp_path / "one.svg", draws=50)
    root = ElementTree.parse(tmp_path / "one.svg").getroot()
    space = "{http://www.w3.org/2000/svg}"
    assert root.find(f"{space}text").text == "tones, version 1: 50 draws, seed 0"
    assert "aux <b> & co" in [text.text for text in root.iter(f"{space}text")]
    places = [panel.get("transform") for panel in root.findall(f"{space}g")]
    settings = drawn_settings(sly, 50, 0)
    assert len(places) == len(set(places)) > len(settings)
    assert places[:2] == ["translate(0 40)", "translate(340 40)"]
    titles = [panel.find(f"{space}text").text for panel in root.findall(f"{space}g")]
    assert titles[: len(settings)] == [setting.title for setting in settings]
    assert any("frequency response" in title for title in titles[len(settings) :])
    assert "http" not in (tmp_path / "one.svg").read_text().replace(space[1:-1], "")


def test_effects_that_take_no_noise_are_named_with_the_reason():
    panel = recipe_plot._unsuitable("bus", "wanted stereo <b>")
    drawing = recipe_plot._arranged("title", [], [panel])
    assert "bus: cannot take noise" in drawing
    assert "wanted stereo &lt;b&gt;" in drawing
