"""Write the configuration of a listening test for webMUSHRA (github.com/audiolabs/webMUSHRA).

One YAML file for each list of pages. Written for its state of 2025 (commit 07130f2), as its
`startup.js` and pages read it:

* its `mushra` page adds the sound under `reference` as a hidden reference, under that name, and
  shuffles the conditions; pages in an array that begins with `random` are shuffled;
* it always has a button for the reference. For a test without a reference the first sound of the
  page takes that place (see `Key.system`), and the column of the button is taken away;
* it cannot ask that each condition is heard and each slider moved. A script in each page's content
  locks its button for the next page until then;
* it has no parameters of Prolific. A script fills them from the address into fields of the last
  page, which it stores like any answer.

YAML is written in the plain forms that its small reader knows; see `_yaml`.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from automix_bench.errors import DatasetError
from automix_bench.untrusted.shown import one_line

REQUIRED = {
    "generic": ("id", "name", "content"),
    "consent": ("id", "name", "content", "mustConsent"),
    "mushra": ("id", "name", "content", "reference", "stimuli", "enableLooping", "randomize"),
    "finish": ("name", "content", "questionnaire", "writeResults"),
}
"""The fields of a page that `fault` asks for, by its type."""
PROLIFIC = ("PROLIFIC_PID", "STUDY_ID", "SESSION_ID")
MOST_BYTES = 4 << 20
BUFFER_SIZES = tuple(2**power for power in range(8, 15))

_GUARD = """<script>(function () {
  var heard = {}, moved = {}, marked = true;
  var timer = setInterval(function () {
    var scales = $('.scales');
    if (!document.getElementById('LEFT')) { clearInterval(timer); return; }
    if (!scales.length) { return; }
    if (marked) {
      marked = false;
      scales.each(function (i) {
        $(this).on('change', function () { moved[i] = true; });
      });
      HIDE
    }
    scales.each(function (i) {
      if ($('#buttonConditions' + i).attr('active') === 'true') { heard[i] = true; }
    });
    var left = 0;
    for (var i = 0; i < scales.length; ++i) { if (!heard[i] || !moved[i]) { ++left; } }
    $('#LEFT').text(left ? left + ' to hear and rate before you can go on' : 'All rated.');
    if (left) { pageTemplateRenderer.lockNextButton(); }
    else { pageTemplateRenderer.unlockNextButton(); }
  }, 100);
})();</script>"""
_HIDE_REFERENCE = "$('#buttonReference').prop('disabled', true); $('#mushra_items tr').each(" + (
    "function () { $(this).children('td').first().css('visibility', 'hidden'); });"
)
_FROM_ADDRESS = """<script>setTimeout(function () {
  NAMES.forEach(function (name) {
    var match = new RegExp('[?&]' + name + '=([^&]*)').exec(window.location.search);
    var field = $('#' + name);
    field.val(match ? decodeURIComponent(match[1]).slice(0, 200) : 'none');
    field.closest('tr').hide();
  });
}, 50);</script>"""


def configuration(
    test: Mapping[str, Any], pages: Sequence[str], standing: Mapping[str, str]
) -> str:
    """The YAML file of one list of pages.

    Args:
        test: the public record.
        standing: by page, the stimulus that takes the place of the reference.
    """
    config = {
        "testname": test["title"],
        "testId": test["id"],
        "bufferSize": 2048,
        "stopOnErrors": True,
        "showButtonPreviousPage": False,
        "remoteService": "service/write.php",
        "pages": list(_pages(test, pages, standing)),
    }
    if reason := fault(config):
        raise DatasetError(f"webMUSHRA: {reason}")
    return "\n".join(_yaml(config)) + "\n"


def check(path: Path) -> None:
    """Refuse a configuration, such as one that was edited by hand, that webMUSHRA could not show.

    Raises:
        DatasetError: it is no YAML, a field is missing or wrong, or a sound is not there.
    """
    import yaml

    try:
        if path.stat().st_size > MOST_BYTES:
            raise DatasetError(
                f"{path}: expected at most {MOST_BYTES} bytes, got {path.stat().st_size}"
            )
        config = yaml.safe_load(_without_aliases(path.read_text("utf-8")))
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise DatasetError(f"{path}: no YAML that can be read: {one_line(str(error))}") from error
    if reason := fault(config):
        raise DatasetError(f"{path}: {one_line(reason)}")
    for page in _flat(config["pages"]):
        if page["type"] == "mushra":
            for file in (page["reference"], *page["stimuli"].values()):
                if not (path.parent.parent / file).is_file():
                    raise DatasetError(f"{path}: page {page['id']}: there is no file {file}")


def _without_aliases(text: str) -> str:
    """The text, if nothing in it repeats another part: a few lines of that can stand for gigabytes.

    Raises:
        ValueError: it has an alias.
    """
    import yaml

    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise ValueError(
                f"an alias, *{event.anchor}, which is not needed: write the part again"
            )
    return text


def fault(config: object) -> str:
    """Why webMUSHRA could not show a configuration: where, what was expected and what came; empty
    if it could. It is our own reading of what its pages use."""
    if not isinstance(config, dict):
        return f"expected a mapping, got {type(config).__name__}"
    for key, kind in (
        ("testname", str),
        ("testId", str),
        ("bufferSize", int),
        ("stopOnErrors", bool),
        ("showButtonPreviousPage", bool),
        ("remoteService", str),
        ("pages", list),
    ):
        if not isinstance(config.get(key), kind):
            return f"{key}: expected {kind.__name__}, got {config.get(key)!r}"
    if config["bufferSize"] not in BUFFER_SIZES:
        return f"bufferSize: expected one of {BUFFER_SIZES}, got {config['bufferSize']}"
    pages = _flat(config["pages"])
    if not pages or not isinstance(pages[-1], dict) or pages[-1].get("type") != "finish":
        return "pages: expected a page of type finish as the last one"
    ids = [page.get("id") for page in pages[:-1] if isinstance(page, dict)]
    for page in pages:
        if reason := _page_fault(page):
            return reason
    if twice := [one for one in ids if ids.count(one) > 1]:
        return f"pages: the id {twice[0]} is there twice"
    return ""


def _page_fault(page: object) -> str:
    if not isinstance(page, dict):
        return f"pages: expected a mapping, got {page!r}"
    kind, where = page.get("type"), f"page {page.get('id', page.get('name'))}"
    if kind not in REQUIRED:
        return f"{where}: type: expected one of {', '.join(REQUIRED)}, got {kind!r}"
    if missing := [key for key in REQUIRED[str(kind)] if page.get(key) is None]:
        return f"{where}: expected the field {missing[0]}, got none"
    if kind == "mushra":
        stimuli = page["stimuli"]
        if not isinstance(stimuli, dict) or not 1 <= len(stimuli) <= 11:
            return f"{where}: stimuli: expected 1 to 11, got {len(stimuli)}"
        files = [page["reference"], *stimuli.values()]
        if wrong := [f for f in files if not str(f).endswith((".flac", ".wav"))]:
            return f"{where}: expected a .flac or .wav, got {wrong[0]!r}"
        if "reference" in stimuli:
            return f"{where}: stimuli: reference is the name of webMUSHRA's own hidden reference"
    return ""


def _flat(pages: Sequence[Any]) -> list[Any]:
    flat: list[Any] = []
    for number, page in enumerate(pages):
        if isinstance(page, list):
            flat += _flat(page)
        elif not (number == 0 and page == "random"):
            flat.append(page)
    return flat


def _pages(test: Mapping[str, Any], pages: Sequence[str], standing: Mapping[str, str]) -> Any:
    if test["consent"]:
        yield {
            "type": "consent",
            "id": "consent",
            "name": "Consent",
            "mustConsent": True,
            "content": _html(test["consent"]),
        }
    yield {
        "type": "generic",
        "id": "instructions",
        "name": test["title"],
        "content": _html(test["instructions"]),
    }
    by_id = {page["id"]: page for page in test["pages"]}
    if test["training"]:
        yield _mushra(test, test["training"], "Training", standing)
    rated = [_mushra(test, by_id[one], "Rate the sounds", standing) for one in pages]
    yield ["random", *rated]
    code = test["completion_code"]
    yield {
        "type": "finish",
        "name": "Questions",
        "content": "<p>Please answer, then send your results.</p>"
        + _FROM_ADDRESS.replace("NAMES", json.dumps(PROLIFIC if code else ())),
        "popupContent": _thanks(code),
        "showResults": False,
        "showErrors": True,
        "writeResults": True,
        "questionnaire": [
            *(_question(question) for question in test["questions"]),
            *({"type": "text", "label": name, "name": name} for name in PROLIFIC if code),
        ],
    }


def _mushra(
    test: Mapping[str, Any], page: Mapping[str, Any], title: str, standing: Mapping[str, str]
) -> dict[str, Any]:
    sounds = {sound["id"]: sound["file"] for sound in page["stimuli"]}
    open_reference = page["reference"] is not None
    at_the_button = sounds.pop(standing[page["id"]])
    left = f"listen-left-{page['id']}"  # of this page alone: the timer of another one ends by it
    guard = _GUARD.replace("HIDE", "" if open_reference else _HIDE_REFERENCE).replace("LEFT", left)
    return {
        "type": "mushra",
        "id": page["id"],
        "name": title,
        "content": f"<strong>{html.escape(test['question'])}</strong>"
        f"<br><span id='{left}'></span>{guard}",
        "showWaveform": False,
        "enableLooping": True,
        "strict": False,
        "randomize": True,
        "showConditionNames": False,
        "createAnchor35": False,
        "createAnchor70": False,
        "switchBack": False,
        "reference": at_the_button,
        "stimuli": sounds,
    }


def _question(question: Mapping[str, Any]) -> dict[str, Any]:
    own = {"label": html.escape(question["label"]), "name": question["name"]}
    if question["optional"]:
        own["optional"] = True
    if question["kind"] == "choice":
        choices = [{"value": one, "label": html.escape(one)} for one in question["options"]]
        return {"type": "likert", **own, "response": choices}
    return {"type": "text", **own}


def _thanks(code: str) -> str:
    if not code:
        return "Thank you. Your ratings were sent."
    link = f"https://app.prolific.com/submissions/complete?cc={html.escape(code, quote=True)}"
    return f"Thank you. Your completion code: <b>{html.escape(code)}</b> <a href='{link}'>Go on</a>"


def _html(text: str) -> str:
    """Plain text as paragraphs of HTML on one line."""
    paragraphs = [" ".join(html.escape(part).split()) for part in text.split("\n\n")]
    return "".join(f"<p>{part}</p>" for part in paragraphs if part)


def _yaml(value: Any) -> list[str]:
    """The lines of a value in block style. Its reader takes a list within a list only if the inner
    one begins on a line of its own, and no text over several lines."""
    if isinstance(value, dict):
        return [line for key, item in value.items() for line in _entry(f"{key}:", item)]
    if isinstance(value, list):
        return [line for item in value for line in _entry("-", item)]
    return [json.dumps(" ".join(value.split()) if isinstance(value, str) else value)]


def _entry(head: str, item: Any) -> list[str]:
    if not isinstance(item, dict | list) or not item:
        return [f"{head} {_yaml(item)[0] if not isinstance(item, dict | list) else '[]'}"]
    return [head, *(f"    {line}" for line in _yaml(item))]
