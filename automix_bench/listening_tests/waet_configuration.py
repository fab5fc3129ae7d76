"""Write a listening test for the Web Audio Evaluation Tool, with its APE interface: all sounds of a
page as markers on one scale (github.com/BrechtDeMan/WebAudioEvaluationTool).

One XML file for each list of pages, in the order that its `xml/test-schema.xsd` asks for. Written
for its state of commit df854cf, which shuffles pages and sounds, but ignores `poolSize`: a part of
the pages cannot be left to it. Its own loudness normalisation stays off: the files are at one
loudness.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as Xml

LABELS = ((0, "worst"), (100, "best"))
CROSS_FADE_SECONDS = "0.01"
METRICS = ("testTimer", "elementTimer", "elementInitialPosition", "elementTracker")
METRICS_OF_SOUNDS = ("elementFlagListenedTo", "elementFlagMoved", "elementListenTracker")


def configuration(test: Mapping[str, Any], pages: Sequence[str]) -> str:
    """The XML file of one list of pages."""
    root = Xml.Element("waet")
    setup = Xml.SubElement(
        root,
        "setup",
        {
            "interface": "APE",
            "projectReturn": "save.php",
            "randomiseOrder": "true",
            "crossFade": CROSS_FADE_SECONDS,
        },
    )
    code = test["completion_code"]
    thanks = f"Thank you. Your completion code: {code}" if code else "Thank you for your ratings."
    Xml.SubElement(setup, "exitText").text = thanks
    _survey(setup, "before", _before(test))
    _survey(setup, "after", [_question(question) for question in test["questions"]])
    metric = Xml.SubElement(setup, "metric")
    for name in (*METRICS, *METRICS_OF_SOUNDS):
        Xml.SubElement(metric, "metricenable").text = name
    interface = Xml.SubElement(setup, "interface")
    for kind, name in (
        ("check", "fragmentPlayed"),
        ("check", "fragmentMoved"),
        ("show", "playhead"),
        ("show", "page-count"),
    ):
        Xml.SubElement(interface, "interfaceoption", {"type": kind, "name": name})
    if test["training"]:
        _page(root, test, test["training"], {"position": "0"})
    for page in test["pages"]:
        if page["id"] in pages:
            _page(root, test, page, {})
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _page(
    root: Xml.Element, test: Mapping[str, Any], page: Mapping[str, Any], more: Mapping[str, str]
) -> None:
    element = Xml.SubElement(
        root,
        "page",
        {
            "id": page["id"],
            "hostURL": "",
            "randomiseOrder": "true",
            "repeatCount": "0",
            "loop": "true",
            "synchronous": "true",
            "label": "capital",
            **more,
        },
    )
    interface = Xml.SubElement(element, "interface")
    Xml.SubElement(interface, "title").text = test["question"]
    scales = Xml.SubElement(interface, "scales")
    for position, label in LABELS:
        Xml.SubElement(scales, "scalelabel", {"position": str(position)}).text = label
    for sound in page["stimuli"]:
        Xml.SubElement(element, "audioelement", {"url": sound["file"], "id": sound["id"]})
    if reference := page["reference"]:
        kind = {"type": "outside-reference"}
        Xml.SubElement(
            element, "audioelement", {"url": reference["file"], "id": reference["id"], **kind}
        )


def _before(test: Mapping[str, Any]) -> list[Xml.Element]:
    entries = []
    if test["consent"]:
        consent = _entry("radio", "consent", test["consent"], mandatory=True)
        Xml.SubElement(consent, "option", {"name": "yes"}).text = "I give consent"
        entries.append(consent)
    if test["completion_code"]:
        entries.append(
            _entry("question", "PROLIFIC_PID", "Your Prolific ID, please", mandatory=True)
        )
    if test["instructions"]:
        entries.append(_entry("statement", "instructions", test["instructions"]))
    return entries


def _question(question: Mapping[str, Any]) -> Xml.Element:
    kinds = {"text": "question", "number": "number", "choice": "radio"}
    entry = _entry(
        kinds[question["kind"]],
        f"question-{question['name']}",
        question["label"],
        mandatory=not question["optional"],
    )
    for number, option in enumerate(question.get("options", ())):
        Xml.SubElement(entry, "option", {"name": f"option-{number}"}).text = option
    return entry


def _entry(kind: str, name: str, statement: str, *, mandatory: bool = False) -> Xml.Element:
    own = {"mandatory": "true"} if mandatory else {}
    entry = Xml.Element("surveyentry", {"type": kind, "id": name, **own})
    Xml.SubElement(entry, "statement").text = statement
    return entry


def _survey(setup: Xml.Element, location: str, entries: list[Xml.Element]) -> None:
    if entries:
        Xml.SubElement(setup, "survey", {"location": location}).extend(entries)
