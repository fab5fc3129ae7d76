"""The report in Chromium, from disk: what is heard, what is shown, and that strangers' names are
text. One small report of three tasks serves all tests."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from automix_bench.audio import Audio, total
from automix_bench.console import Console
from automix_bench.dataset.reader import Dataset
from automix_bench.dsp.loudness import integrated_lufs
from automix_bench.effect import Chain
from automix_bench.effects.compressor import Compressor
from automix_bench.effects.gain import Gain
from automix_bench.effects.pan import Pan
from automix_bench.evaluation.entry import Entry
from automix_bench.evaluation.evaluate import evaluate
from automix_bench.evaluation.stored_runs import stored_runs
from automix_bench.making.make import make
from automix_bench.model import Answer
from automix_bench.pages.dataset_page import dataset_report
from automix_bench.pages.report_page import report
from tests.support.poison import POISON, PoisonedTones, demand_harmless_html

RATE, FADE = 16_000, 160
SWITCHES = [0.2 + 0.1 * n for n in range(10)]


def hot(brief):
    """A mix at eight times the level, beyond full scale, by a console."""
    squeeze = Compressor(-30.0, 4.0, 6.0, 5.0, 100.0, 0.0, 0.0)
    strips = {
        name: Chain((Gain(3.0), squeeze, Pan(-0.5))) if name == "bass" else Chain()
        for name in brief.stems
    }
    return Answer({"mix": total(brief.stems.values()).scaled(8.0)}, console=Console(strips))


def fails(brief):
    raise ValueError(POISON)


@pytest.fixture(scope="module")
def made(recipe, tmp_path_factory):
    """The folders of a data set and of runs on it, and that of the report."""
    folder = tmp_path_factory.mktemp("report")
    tones = recipe(source=PoisonedTones(count=3, seconds=3.0), excerpt_seconds=2.0)
    dataset = Dataset(make(tones, folder / "data").folder)
    models = ["equal_loudness", Entry(POISON, hot), Entry("fails", fails)]
    evaluate("mixing", dataset, models, folder / "runs", any_data=True)
    for task in ("effect_removal", "loudness_balance"):
        evaluate(task, dataset, [], folder / "runs", any_data=True)
    places = [folder / "runs" / task for task in ("mixing", "effect_removal", "loudness_balance")]
    tasks = stored_runs(places, dataset.folder, folder / "scratch")
    report(folder / "page", tasks, items=2, seconds=1.5, stems=2)
    return folder


@pytest.fixture
def opened(browser, made):
    """Open a page of the report; the test fails on any error in its console."""
    contexts, errors = [], []

    def open_page(name="index.html", item=0, **settings):
        context = browser.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((made / "page" / name).as_uri())
        if item is not None:
            page.locator("details.item > summary").nth(item).click()
            page.wait_for_selector(".player[data-ready]")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


RENDER = """async ([changes, seconds, settings, region]) => {
  const { group, buffers, spec } = document.querySelector("details[open]").player;
  const context = new OfflineAudioContext(2, seconds * spec.rate, spec.rate);
  const graph = new SoundGraph(context, buffers);
  changes.forEach(([place, when], n) => {
    const levels = levelsOf(group, place, settings);
    if (n) graph.switchTo(levels, when);
    else graph.start(levels, when, 0, region, true);
  });
  const out = await context.startRendering();
  return [0, 1].map((channel) => {
    const bytes = new Uint8Array(out.getChannelData(channel).buffer);
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  });
}"""
MATCHED = {"matched": True, "difference": False}


def rendered(page, changes, seconds=1.4, settings=MATCHED, region=None):
    """What the page's own graph plays: `(2, samples)`."""
    channels = page.evaluate(RENDER, [changes, seconds, settings, region])
    return np.stack([np.frombuffer(base64.b64decode(text), np.float32) for text in channels])


def test_ten_switches_leave_no_gap(opened):
    page = opened()
    sounds = page.evaluate("document.querySelector('details[open]').player.group.sounds.length")
    assert sounds == 4  # the reference, two models, and the floor, which is what was shown
    alone = [rendered(page, [[place, 0.05]]) for place in range(sounds)]
    order = [(3 * n + 1) % sounds for n in range(11)]
    changes = [[place, at] for place, at in zip(order, [0.05, *SWITCHES], strict=True)]
    switched = rendered(page, changes)
    edges = [0, *(round(at * RATE) for at in SWITCHES), switched.shape[1]]
    for place, begin, end in zip(order, edges, edges[1:], strict=False):
        part = slice(begin + FADE + 1 if begin else 0, end)
        assert np.max(np.abs(alone[place][:, part])) > 0.05
        assert np.max(np.abs(switched[:, part] - alone[place][:, part])) < 1e-6
    steps = np.max(np.abs(np.diff(switched)))
    assert steps <= 1.1 * max(np.max(np.abs(np.diff(one))) for one in alone)


def test_a_switch_within_a_cross_fade_goes_on_from_there(opened):
    page = opened()
    changes = [[0, 0.05], [1, 0.3], [2, 0.304], [0, 0.306]]
    hasty, alone = rendered(page, changes), rendered(page, [[0, 0.05]])
    begin, end = round(0.3 * RATE), round(0.306 * RATE) + FADE + 1
    assert np.max(np.abs((hasty - alone)[:, :begin])) < 1e-6
    assert np.max(np.abs((hasty - alone)[:, end:])) < 1e-6
    assert np.max(np.abs((hasty - alone)[:, begin:end])) > 1e-3


def test_levels_are_matched_or_true(opened, made):
    page = opened()
    loudness = [integrated_lufs(Audio(rendered(page, [[place, 0.0]]), RATE)) for place in range(4)]
    assert max(loudness) - min(loudness) < 0.1
    true = [
        rendered(page, [[place, 0.0]], settings={"matched": False, "difference": False})
        for place in range(4)
    ]
    sounds = page.evaluate("document.querySelector('details[open]').player.group.sounds")
    hottest = [one["title"].startswith("m[/x]") for one in sounds].index(True)
    floor = [one["kind"] for one in sounds].index("floor")
    # The hot answer is eight times the floor: its peak is at full scale, and the floor keeps step.
    assert np.max(np.abs(true[hottest])) == pytest.approx(1.0, abs=2e-3)
    assert np.max(np.abs(true[hottest] - 8.0 * true[floor])) < 1e-3


def test_the_difference_is_that_of_what_is_heard(opened):
    page = opened()
    one, reference = (rendered(page, [[place, 0.0]]) for place in (2, 0))
    difference = {"matched": True, "difference": True}
    assert (
        np.max(np.abs(rendered(page, [[2, 0.0]], settings=difference) - (one - reference))) < 1e-6
    )
    assert np.max(np.abs(rendered(page, [[0, 0.0]], settings=difference))) == 0.0


def test_a_loop_has_no_seam(opened):
    page = opened()
    region = {"start": 0.4, "end": 0.73}
    loop, plain = rendered(page, [[0, 0.0]], region=region), rendered(page, [[0, 0.0]])
    length = round(0.33 * RATE)
    first = loop[:, FADE : length - FADE]
    begin = round(0.4 * RATE)
    assert np.max(np.abs(first - plain[:, begin + FADE : begin + length - FADE])) < 1e-6
    assert np.max(np.abs(loop[:, length + FADE : 2 * length - FADE] - first)) < 1e-6
    assert np.max(np.abs(np.diff(loop))) <= 1.05 * np.max(np.abs(np.diff(plain)))


def test_abx_counts_as_the_binomial_test_does(opened):
    page = opened()
    for right, trials in ((0, 0), (0, 3), (5, 5), (9, 12), (14, 20), (30, 60)):
        expected = binomtest(right, trials, alternative="greater").pvalue if trials else 1.0
        assert page.evaluate(f"guessingP({right}, {trials})") == pytest.approx(expected)
    page.keyboard.press("x")
    player = "document.querySelector('details[open]').player"
    page.evaluate(f"{player}.abx.coin = () => true; {player}.abx.draw()")
    assert page.locator(".hidden-names").count() == 1
    for key in "4444454":
        page.keyboard.press(key)
    text = page.locator(".tally").inner_text()
    assert text.startswith("Right. 6 of 7 right; ")
    assert f"p = {binomtest(6, 7, alternative='greater').pvalue:.3f}"[:8] in text
    page.keyboard.press("3")  # X is A
    chosen, a = page.evaluate(f"[{player}.chosen, {player}.find('[data-abx=a]').value]")
    assert chosen == int(a)


def test_keys_and_buttons(opened):
    page = opened()
    pressed = ".sound[aria-pressed=true] .name"
    page.keyboard.press("1")
    assert page.locator(pressed).inner_text() == "reference"
    page.keyboard.press("ArrowDown")
    assert page.locator(pressed).inner_text() != "reference"
    state = "document.querySelector('details[open]').player"
    for key, name in (("l", "repeat"), ("m", "matched"), ("d", "difference")):
        before = page.evaluate(f"{state}.set.{name}")
        page.keyboard.press(key)
        assert page.evaluate(f"{state}.set.{name}") is not before
    page.keyboard.press("ArrowRight")
    assert page.evaluate(f"{state}.at") == 1.0
    page.keyboard.press("]")
    assert page.evaluate(f"{state}.region") == {"start": 0, "end": 1}
    page.keyboard.press("\\")
    assert page.evaluate(f"{state}.region") is None
    page.keyboard.press("Space")
    assert page.locator("[data-do=play]").inner_text().startswith("Pause")
    page.wait_for_function(f"{state}.position() > 1.0")  # it plays
    page.keyboard.press("Space")
    assert page.locator("[data-do=play]").inner_text().startswith("Play")
    names = page.locator("button").evaluate_all(
        "all => all.map((b) => (b.getAttribute('aria-label') ?? b.textContent).trim())"
    )
    assert all(names)


def test_a_drag_over_the_waveform_loops(opened):
    page = opened()
    box = page.locator(".stage").bounding_box()
    y = box["y"] + 20
    page.mouse.move(box["x"] + 0.2 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], y)
    page.mouse.up()
    region = page.evaluate("document.querySelector('details[open]').player.region")
    assert region == pytest.approx({"start": 0.3, "end": 0.9}, abs=0.01)


def test_blind_hides_the_names(opened):
    page = opened()
    page.keyboard.press("b")
    names = page.locator(".group:not([hidden]) .name").all_inner_texts()
    assert [name for name in names if not name.startswith("Sound ")] == ["fails"]  # has no sound
    assert page.locator(".secret").first.evaluate("e => getComputedStyle(e).visibility") == "hidden"
    page.keyboard.press("b")
    assert "reference" in page.locator(".group:not([hidden]) .name").all_inner_texts()


def test_sounds_are_loaded_when_a_section_opens_and_let_go_when_it_closes(opened):
    page = opened(item=None)
    loaded = "performance.getEntriesByType('resource').map((r) => r.name)"
    assert page.evaluate(loaded) == []
    summaries = page.locator("details.item > summary")
    summaries.nth(0).click()
    page.wait_for_selector(".player[data-ready]")
    page.evaluate("globalThis.kept = document.querySelector('details[open]').player")
    summaries.nth(1).click()
    page.wait_for_selector("#item-1 .player[data-ready]")
    assert page.locator(".player").count() == 1  # one section is open at a time
    assert page.evaluate("[kept.closed, kept.buffers, kept.graph]") == [True, None, None]
    assert page.locator("script[src]").count() == 0


def test_tables_sort(opened):
    page = opened(item=None)

    def column(table, place):
        cells = f"{table} tbody tr td:nth-child({place})"
        return page.locator(cells).evaluate_all("all => all.map((c) => c.dataset.value)")

    heads = page.locator("table.board thead button")
    before = column("table.board", 2)
    assert before[0] == "oracle"
    heads.nth(1).click()
    assert column("table.board", 2) == sorted(before, key=str.lower)
    heads.nth(1).click()
    assert column("table.board", 2) == sorted(before, key=str.lower, reverse=True)
    assert page.locator("#model option:checked").inner_text() == "mean of all entries"
    place = page.locator("#items thead th").count()
    values = [float(value) for value in column("#items table", place)]
    assert values == sorted(values, reverse=True)  # a distance: the worst is the largest
    page.locator("#metric").select_option(label="sdr")
    values = [float(value) for value in column("#items table", place)]
    assert values == sorted(values)
    page.locator("#model").select_option(label="fails")
    assert page.locator("#items th[aria-sort]").inner_text().startswith("fails")
    assert page.locator("#items td.fault").count() == 3
    page.locator("#items thead button").first.click()
    assert column("#items table", 1) == sorted(column("#items table", 1))
    assert page.locator("#plot circle").count() > 0
    page.locator("#items button.listen").first.click()
    assert page.locator("details.item[open]").count() == 1


def serious_faults(page):
    """What axe finds on a page."""
    axe = pytest.importorskip("axe_playwright_python.base", reason="axe is not installed")
    page.evaluate((Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
    faults = page.evaluate("axe.run().then((out) => out.violations)")
    return [(fault["id"], fault["nodes"][0]["html"]) for fault in faults]


@pytest.mark.parametrize("name", ["index.html", "effect-removal.html", "loudness-balance.html"])
def test_it_fits_a_phone_and_axe_finds_nothing_serious(opened, name):
    shades = []
    for scheme in ("light", "dark"):
        size = {"width": 390, "height": 800}
        page = opened(name, viewport=size, color_scheme=scheme)
        page.evaluate(
            "document.querySelectorAll('.body details').forEach((d) => { d.open = true; })"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert serious_faults(page) == []
        shades.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert shades[0] != shades[1]


def test_strangers_names_are_text(opened, made):
    for path in (made / "page").glob("*.html"):
        demand_harmless_html(path.read_text(encoding="utf-8"), scripts=2)
    page = opened()
    assert page.locator("script").count() == 2
    assert page.locator("td b, td i:not([class])").count() == 0
    assert "<script>alert(1)</script>" in page.locator("table.board").inner_text()
    names = [path.name for path in (made / "page" / "sounds").iterdir()]
    assert all(name.replace("-", "").replace(".js", "").isalnum() for name in names)


def test_consoles_are_desks_and_numbers_stand_beside_the_truth(opened):
    page = opened()
    desks = page.locator("details.desks > summary").all_inner_texts()
    assert desks[0] == "Mixing desk of the data set"
    assert any(name.startswith("Mixing desk of m[/x]") for name in desks)
    assert page.locator(".strip .curve path:not(.rule)").count() > 0  # the compressor of `hot`
    assert page.locator(".strip .fader .cap").count() >= 2 * 3
    assert "Pan of bass: L 50" in page.locator(".strip .pan").evaluate_all(
        "all => all.map((svg) => svg.getAttribute('aria-label'))"
    )
    settings = page.locator("table.settings tbody tr").evaluate_all(
        "all => all.map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    (gain,) = [cells for cells in settings if cells[0] == "bass · gain · gain_db"]
    assert "3" in gain[2:]  # of the model; before it stands that of the data set
    assert float(gain[1]) != 3.0
    balance = opened("loudness-balance.html")
    rows = balance.locator("table.numbers tbody tr").all_inner_texts()
    assert rows
    assert all("(" in row for row in rows)
    assert "effect_removal" in balance.locator("nav").inner_text()


def test_the_stems_of_an_answer_are_chosen(opened):
    page = opened("effect-removal.html")
    stems = page.locator("[data-group]")
    assert stems.count() == 2
    # Without entries it is the floor that is worst first.
    assert page.locator("#model option:checked").inner_text() == "do_nothing"
    worst = page.locator("#items tbody tr").first.locator("td").all_inner_texts()
    assert worst[0].startswith("▶")
    assert float(worst[-1]) > 0.0
    assert page.locator("details.item summary .sum").first.inner_text().startswith("do_nothing: ")
    stems.nth(1).click()
    page.wait_for_selector(".group[data-of='1']:not([hidden]) .sound[aria-pressed=true]")
    assert page.locator(".group[data-of='0']").is_hidden()


def test_the_page_of_the_data_set_plays_before_and_after(browser, made):
    path = made / "stats.html"
    dataset_report(made / "data", path, examples_decoded=1, examples_heard=1)
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page, errors = context.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("details.item > summary").click()
    page.wait_for_selector(".player[data-ready]")
    page.keyboard.press("2")
    assert page.locator(".sound[aria-pressed=true] .name").inner_text() == "after the console"
    one = rendered(page, [[0, 0.0]])
    other = rendered(page, [[1, 0.0]])
    assert np.max(np.abs(one - other)) > 0.01
    assert serious_faults(page) == []
    holes = page.locator(".grid").evaluate_all(  # no card is higher than what it holds
        "all => all.flatMap((g) => [...g.children].map((c) => c.getBoundingClientRect().bottom - "
        "c.lastElementChild.getBoundingClientRect().bottom))"
    )
    assert max(holes) < 30.0
    context.close()
    assert errors == []


def test_the_page_asks_nobody(made):
    for path in (made / "page").glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
        assert "<link" not in text
    sounds = list((made / "page" / "sounds").glob("mixing-*.js"))
    assert len(sounds) == 2 * 4
    head, _, rest = sounds[0].read_text().partition('","')
    assert head == f'soundArrived("sounds/{sounds[0].stem}'
    assert base64.b64decode(rest.partition('"')[0]).startswith(b"fLaC")


def test_the_board_is_that_of_evaluate(made):
    (runs,) = stored_runs([made / "runs" / "mixing"], made / "data", made / "none")
    text = (made / "page" / "index.html").read_text(encoding="utf-8")
    for row in runs.board.rows:
        assert f"{row.estimates['audible_distance'].value:.2f} [" in text
    numbers = json.loads(text.split('id="numbers">')[1].split("</script>")[0])
    card, model = runs.cards["plain_sum"], [m["name"] for m in numbers["models"]].index("plain_sum")
    values = {s.example: s.value for s in card.scores if s.metric == "sdr"}
    metric = [m["name"] for m in numbers["metrics"]].index("sdr")
    shown = dict(
        zip([i["id"] for i in numbers["items"]], numbers["values"][model][metric], strict=True)
    )
    assert shown == pytest.approx(values, rel=1e-5)
