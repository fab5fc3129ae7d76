"""A scripted browser takes a served test from consent to the end; the ratings are analysed."""

import json
from contextlib import contextmanager

import numpy as np
import pytest

from automix_bench.listening_tests.analysis_of_files import analysed
from automix_bench.listening_tests.exported_test import read_key
from automix_bench.listening_tests.results import read_results, write_ratings
from tests.support.listening_server import running

CURRENT = "state.pages.find((page) => !state.rated.includes(page.id)).stimuli"
QUALITY = {"reference": 95, "drums_up": 70, "no_keys": 40, "plain_sum": 20}


@contextmanager
def page_of(browser, server, **context):
    """A page of a new rater that must log no error."""
    opened = browser.new_context(**context)
    page, errors = opened.new_page(), []
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(server.address + "?PROLIFIC_PID=&STUDY_ID=s")
    page.wait_for_selector("main[data-step]")
    yield page
    assert errors == []
    opened.close()


def wait_for_sounds(page):
    page.wait_for_selector("#pause:not([disabled])")


def rate_page(page, score_of):
    """Hear and rate each sound; `score_of` a file. The button opens with the last one only."""
    files = [one["file"] for one in page.evaluate(CURRENT)]
    for number, file in enumerate(files):
        assert page.is_disabled("#next")
        score = score_of(file)
        if page.evaluate("test.method") == "ape":
            marker = page.locator(".axis button").nth(number)
            marker.click()
            marker.press("Home" if score < 50 else "End")
            for _ in range(score if score < 50 else 100 - score):
                marker.press("ArrowRight" if score < 50 else "ArrowLeft")
        else:
            page.locator(".sound button").nth(number).click()
            page.locator(".sound input").nth(number).fill(str(score))
        page.wait_for_timeout(1_100)
    page.wait_for_selector("#next:not([disabled])")


@pytest.mark.parametrize("method", ["mushra", pytest.param("ape", marks=pytest.mark.slow)])
def test_from_export_to_letters(exported, browser, tmp_path, method):
    made = exported(tmp_path / "trial", method=method, songs=2, passages=1, training=False)
    key, rng = read_key(made.key), np.random.default_rng(0)
    systems = {
        f"stimuli/trial/{stimulus}.flac": entry["system"]
        for place in key.pages.values()
        for stimulus, entry in place["stimuli"].items()
    }
    with running(made.folder, tmp_path / "results") as server:
        for _ in range(2):
            with page_of(browser, server) as page:
                assert page.is_disabled("#next")
                page.check("#agree")
                page.click("#next")
                for number in range(2):
                    page.wait_for_selector(f"#progress:has-text('Page {number + 1} of 2')")
                    wait_for_sounds(page)
                    rate_page(page, lambda file: QUALITY[systems[file]] + int(rng.integers(-2, 3)))
                    if number == 0:  # a reload keeps what was rated, also on this page
                        page.reload()
                        page.wait_for_selector("#next:not([disabled])")
                    page.click("#next")
                page.wait_for_selector("main[data-step=questions]")
                page.click("#next")
                assert "Please answer: Your experience" in page.inner_text("#problem")
                page.check("input[value=hobby]")
                page.check("input[value=headphones]")
                page.click("#next")
                page.wait_for_selector("main[data-step=end]")
    read = read_results([tmp_path / "results"], made.key)
    assert (read.raters, len(read.rows), read.misfits) == (2, 2 * 2 * 4, ())
    write_ratings(read, tmp_path / "ratings.csv")
    analysis = analysed([tmp_path / "ratings.csv"], "mixed")
    assert [system.system for system in analysis.systems] == list(QUALITY)
    for system in analysis.systems:
        assert system.low < QUALITY[system.system] < system.high
        assert system.group
    sessions = [json.loads(path.read_text()) for path in (tmp_path / "results/sessions").iterdir()]
    assert all(
        session["finished"] and session["prolific"]["STUDY_ID"] == "s" for session in sessions
    )


SWITCHES = """async (same) => {
  const rate = 44100, length = 2 * rate;
  const offline = new OfflineAudioContext(1, length, rate);
  const real = window.AudioContext;
  const goOn = offline.resume.bind(offline);
  offline.resume = () => Promise.resolve(); // the player calls it, also before the rendering
  window.AudioContext = function () { return offline; };
  const player = new Player(() => {});
  window.AudioContext = real;
  clearInterval(player.timer);
  const samples = new Float32Array(length);
  let seed = 1;
  for (let i = 0; i < length; ++i) {
    seed = (seed * 16807) % 2147483647;
    samples[i] = seed / 2147483647 - 0.5;
  }
  const levels = same ? [1, 1, 1] : [1, 0.5, 0.25];
  player.take(levels.map((level) => {
    const sound = offline.createBuffer(1, length, rate);
    sound.copyToChannel(samples.map((sample) => level * sample), 0);
    return sound;
  }));
  player.play(0);
  for (let n = 1; n <= 10; ++n) {
    offline.suspend(0.15 * n).then(() => { player.play(n % 3); goOn(); });
  }
  const out = (await offline.startRendering()).getChannelData(0);
  // it starts after 30 ms and fades in for 10 ms; a switch is over 30 ms after it was asked for
  const first = Math.round(0.03 * rate);
  let worst = 0;
  for (let i = first + Math.round(0.011 * rate); i < length - 1; ++i) {
    const asked = Math.min(Math.floor(i / rate / 0.15), 10);
    if (!same && i / rate - 0.15 * asked < 0.035) continue;
    worst = Math.max(worst, Math.abs(out[i] - levels[asked % 3] * samples[i - first]));
  }
  return worst;
}"""


@pytest.mark.parametrize("same", [True, False])
def test_ten_switches_lose_no_sample(exported, browser, tmp_path, same):
    """Where all sounds are the same, any gap, shift or dip at a switch would show; where they are
    not, a sound that was not chosen."""
    made = exported(tmp_path / "trial", songs=1, passages=1, training=False)
    with running(made.folder, tmp_path / "r") as server, page_of(browser, server) as page:
        assert page.evaluate(SWITCHES, same) < 1e-6


def colours(page):
    return page.evaluate("getComputedStyle(document.body).backgroundColor")


NAMELESS = """() => [...document.querySelectorAll("button, input, textarea, a")].filter((one) =>
  !(one.textContent.trim() || one.ariaLabel || (one.labels && one.labels.length))).length"""


@pytest.mark.parametrize("method", ["mushra", "ape"])
def test_it_fits_a_phone_is_light_and_dark_and_works_by_keys(exported, browser, tmp_path, method):
    made = exported(tmp_path / "trial", method=method, songs=1, passages=1)
    papers = set()
    with running(made.folder, tmp_path / "r") as server:
        for scheme in ("light", "dark"):
            phone = {"viewport": {"width": 390, "height": 800}, "color_scheme": scheme}
            with page_of(browser, server, **phone) as page:
                papers.add(colours(page))
                page.focus("#agree")
                page.keyboard.press("Space")
                page.keyboard.press("Tab")
                page.keyboard.press("Enter")
                page.wait_for_selector("main[data-step=training]")
                wait_for_sounds(page)
                assert page.evaluate("document.documentElement.scrollWidth") <= 390
                assert page.evaluate(NAMELESS) == 0
                page.keyboard.press("2")
                assert page.evaluate("[player.playing, player.current]") == [True, 1]
                page.keyboard.press("Space")
                assert page.evaluate("player.playing") is False
                assert page.inner_text("#pause") == "Play"
                page.keyboard.press("0")  # the reference, where there is one
                playing = [True, 4] if method == "mushra" else [False, 1]
                assert page.evaluate("[player.playing, player.current]") == playing
                page.keyboard.press("1")
                page.wait_for_timeout(500)
                page.keyboard.press("[")
                assert page.evaluate("player.region[0]") > 0.2
                page.keyboard.press("Escape")
                assert page.evaluate("player.region[0]") == 0
                rated = page.locator("[role=slider], input[type=range]").first
                rated.focus()
                page.keyboard.press("ArrowRight")
                assert "51" in rated.get_attribute("aria-valuetext")
    assert len(papers) == 2


@pytest.mark.parametrize(("scheme", "method"), [("light", "mushra"), ("dark", "ape")])
def test_axe_has_nothing_serious_to_say(exported, browser, tmp_path, scheme, method):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is missing")
    made = exported(tmp_path / "trial", method=method, songs=1, passages=1, training=False)
    with (
        running(made.folder, tmp_path / "r") as server,
        page_of(browser, server, color_scheme=scheme, bypass_csp=True) as page,
    ):
        for step in ("consent", "rating"):
            page.wait_for_selector(f"main[data-step={step}]")
            if step == "rating":
                wait_for_sounds(page)
            found = axe.Axe().run(page).response["violations"]
            serious = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
            assert serious == [], found
            if step == "consent":
                page.check("#agree")
                page.click("#next")
