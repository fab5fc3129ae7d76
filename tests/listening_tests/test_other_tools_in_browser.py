"""Exported tests in the tools that they are for, in a scripted browser, from export to letters.

Their code is not in this repository. The tests run where the environment names checkouts:

    WEBMUSHRA=~/webMUSHRA WAET=~/WebAudioEvaluationTool pytest tests/listening_tests -k other_tools

What their PHP writes is written by stand-ins here, after its source.
"""

import functools
import json
import os
import shutil
import threading
import urllib.parse
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from automix_bench.listening_tests.analysis_of_files import analysed
from automix_bench.listening_tests.exported_test import read_key, read_test
from automix_bench.listening_tests.results import read_results, write_ratings
from tests.listening_tests.test_results import write_php
from tests.listening_tests.test_served_in_browser import QUALITY

SENT = """name => { const scale = $('.scales').filter((i, e) => e.name === name);
  scale.val(SCORE).slider('refresh').trigger('change'); }"""


class Handler(SimpleHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        address = urllib.parse.urlparse(self.path)
        folder = Path(self.directory)
        answer = b""
        if address.path.endswith("/service/write.php"):
            fields = urllib.parse.parse_qs(body, keep_blank_values=True)
            write_php(folder / "results", json.loads(fields["sessionJSON"][0]))
        elif address.path.endswith("/php/requestKey.php"):
            key = f"key{len(list((folder / 'saves').glob('*.xml')))}"
            (folder / "saves" / f"save-{key}.xml").write_text(f'<waetresult key="{key}"/>')
            answer = f"<response><state>OK</state><key>{key}</key></response>".encode()
        elif address.path.endswith("/php/save.php"):
            key = urllib.parse.parse_qs(address.query)["key"][0]
            assert key.isalnum()
            (folder / "saves" / f"save-{key}.xml").write_text(body)
            size = f'<file bytes="{len(body)}"/>'
            answer = f'<response state="OK"><message>OK</message>{size}</response>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass


@contextmanager
def served(folder):
    handler = functools.partial(Handler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def copied(variable, made, target, *folders):
    """The tool of an environment variable, with the exported test in it."""
    if not os.environ.get(variable):
        pytest.skip(f"{variable} names no checkout")
    ignored = shutil.ignore_patterns(".git", "node_modules")
    shutil.copytree(Path(os.environ[variable]).expanduser(), target, ignore=ignored)
    for name in (*folders, "stimuli"):
        shutil.copytree(made.folder / name, target / name, dirs_exist_ok=True)
    for name in ("results", "saves"):
        shutil.rmtree(target / name, ignore_errors=True)
        (target / name).mkdir()
    return target


def demand_analysed(results, made, tmp_path, raters, off=0.0):
    read = read_results([results], made.key)
    assert (read.raters, read.misfits) == (raters, ())
    write_ratings(read, tmp_path / "ratings.csv")
    analysis = analysed([tmp_path / "ratings.csv"], "mixed")
    assert [system.system for system in analysis.systems] == list(QUALITY)
    for system in analysis.systems:
        assert system.value == pytest.approx(QUALITY[system.system], abs=2.0 + off)
        assert system.low < system.value < system.high
    assert len(analysis.pairs) == 6


@pytest.mark.parametrize("method", ["mushra", "no_reference"])
def test_webmushra(exported, browser, tmp_path, method):
    made = exported(tmp_path / "trial", method=method, songs=2, passages=1, completion_code="C0DE")
    key = read_key(made.key)
    folder = copied("WEBMUSHRA", made, tmp_path / "tool", "configs")
    with served(folder) as address:
        for rater in range(2):
            page, errors = browser.new_page(), []
            page.on("pageerror", lambda error: errors.append(str(error)))  # noqa: B023
            page.goto(f"{address}/index.html?config=trial.yaml&PROLIFIC_PID=pid{rater}&STUDY_ID=s")
            page.wait_for_selector("#radio-choice-accept", state="attached")
            assert page.inner_text("#popupErrorsContent").strip() == ""
            assert page.is_disabled("#__button_next")
            page.evaluate("$('#radio-choice-accept').prop('checked', true).trigger('change')")
            for _ in range(2):  # consent, instructions
                page.click("#__button_next")
                page.wait_for_timeout(300)
            for number in range(3):  # the training page, two songs
                page.wait_for_selector(".scales", state="attached")
                page.wait_for_timeout(400)
                left = page.locator("[id^=listen-left]")
                assert left.inner_text().startswith("4 to hear and rate")
                assert page.is_disabled("#__button_next")
                shown = page.evaluate("pageManager.getCurrentPage().pageConfig.id")
                assert (shown == "training") == (number == 0)
                hidden = "#mushra_items tr:nth-child(2) td:first-child"
                seen = page.evaluate(
                    "one => getComputedStyle(document.querySelector(one)).visibility", hidden
                )
                assert seen == ("visible" if method == "mushra" else "hidden")
                for place, name in enumerate(
                    page.evaluate("$('.scales').toArray().map(e => e.name)")
                ):
                    score = QUALITY[key.system(shown, name)] + rater - number
                    page.click(f"#buttonConditions{place}")
                    page.wait_for_timeout(250)
                    page.evaluate(SENT.replace("SCORE", str(score)), name)
                page.wait_for_selector("#__button_next:not([disabled])")
                page.click("#__button_next")
                page.wait_for_timeout(300)
            page.wait_for_selector("#send_results")
            assert page.is_disabled("#send_results")
            for name in ("experience", "playback"):
                page.evaluate(f"$('input[name={name}__response]').eq(1).prop('checked', true)")
            page.wait_for_selector("#send_results:not([disabled])")
            page.evaluate("$('#send_results').click()")
            page.wait_for_timeout(500)
            assert "C0DE" in page.inner_text("#popupResultsContent")
            assert errors == []
            page.close()
    table = (folder / "results" / "trial" / "mushra.csv").read_text()
    assert table.count("pid0,s,none") == table.count("pid1,s,none") == 3 * 4
    demand_analysed(folder / "results", made, tmp_path, 2)


def test_the_web_audio_evaluation_tool(exported, browser, tmp_path):
    made = exported(tmp_path / "trial", method="ape", songs=2, passages=1, training=False)
    key, pages = read_key(made.key), {page["id"] for page in read_test(made.folder)["pages"]}
    folder = copied("WAET", made, tmp_path / "tool", "tests")
    with served(folder) as address:
        for rater in range(2):
            page = browser.new_page(viewport={"width": 1_200, "height": 900})
            page.goto(f"{address}/test.html?url=tests/trial.xml")
            page.wait_for_selector("input[type=radio]")
            page.check("input[type=radio]")
            for _ in range(2):  # consent, instructions
                page.click("#popup-proceed")
                page.wait_for_timeout(400)
            heard = set()
            for _ in pages:
                page.wait_for_selector(".track-slider")
                page.wait_for_timeout(1_500)
                page.evaluate("document.getElementById('submit-button').click()")
                assert "You have not played" in page.inner_text("#lightbox-root")
                page.evaluate("document.querySelector('#lightbox-root button').click()")
                page.wait_for_timeout(300)
                shown = page.evaluate("testState.currentStateMap.id")
                heard.add(shown)
                ids = page.evaluate("testState.currentStateMap.audioElements.map(e => e.id)")
                markers = page.query_selector_all(".track-slider")
                for stimulus, marker in zip(ids, markers, strict=True):
                    score = QUALITY[key.system(shown, stimulus)] + rater
                    drag(page, marker, score / 100.0)
                page.evaluate("document.getElementById('submit-button').click()")
                page.wait_for_timeout(1_000)
                assert page.evaluate("testState.currentStateMap?.id") != shown, page.inner_text(
                    "#lightbox-root"
                )
            assert heard == pages
            for _ in range(6):  # questions and thanks
                if (choice := page.query_selector("input[type=radio]")) and choice.is_visible():
                    choice.check()
                if (go_on := page.query_selector("#popup-proceed")) and go_on.is_visible():
                    go_on.click()
                page.wait_for_timeout(400)
            page.wait_for_timeout(500)
            page.close()
    demand_analysed(folder / "saves", made, tmp_path, 2, off=3.0)


def drag(page, marker, to):
    """Press a marker to hear it, then drag it to a place on the scale."""
    box = marker.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.wait_for_timeout(50)
    page.mouse.up()
    page.wait_for_timeout(400)
    page.mouse.move(x, y)
    page.mouse.down()
    page.wait_for_timeout(250)  # what is shorter counts as a click
    page.mouse.move(6 + to * page.evaluate("$('.slider').width()"), y, steps=5)
    page.mouse.up()
    page.wait_for_timeout(150)
