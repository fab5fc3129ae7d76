"""What raters read, unless the maker of a test writes something else."""

from __future__ import annotations

import json
from pathlib import Path

from automix_bench.errors import DatasetError
from automix_bench.listening_tests.exported_test import QUESTION, Method, Question
from automix_bench.untrusted.fields import shown

MOST_CHARACTERS = 20_000

CONSENT = (
    "You will listen to short pieces of music and rate how they sound. It takes no special skill. "
    "Taking part is voluntary: you may stop at any time by closing the page.\n\n"
    "Your ratings and your answers are kept for research. No name is asked for."
)
_HOW = (
    "Use headphones, in a quiet place. Set a comfortable volume on the training page and leave it "
    "there: all sounds are equally loud.\n\n"
    "On each page, listen to every sound as often as you like. You can switch between them while "
    "they play, and loop a part. Rate each sound; you go on when all are heard and rated."
)
INSTRUCTIONS: dict[Method, str] = {
    "mushra": f"{_HOW}\n\nOne of the sounds is the reference itself: it should get 100.",
    "no_reference": f"{_HOW}\n\nThere is no right answer: rate what you hear.",
    "ape": f"{_HOW}\n\nThere is no right answer. Put better sounds further to the right.",
}
QUESTIONS = (
    Question("age", "Your age", "number", optional=True),
    Question(
        "experience",
        "Your experience with mixing or producing music",
        "choice",
        options=("none", "hobby", "studied it", "professional"),
    ),
    Question("playback", "What did you listen on?", "choice",
             options=("headphones", "earphones", "loudspeakers")),
    Question("comment", "Anything we should know?", "text", optional=True),
)  # fmt: skip
README = """# A listening test

* Try it here: `automix-bench listen serve` with this folder and a folder for the results.
* webMUSHRA: copy `configs` and `stimuli` into its folder, and open
  `index.html?config={first}.yaml`. Results: `results/{id}/mushra.csv`.
* Web Audio Evaluation Tool: copy `tests` and `stimuli` into its folder, and open
  `test.html?url=tests/{first}.xml`. Results: `saves/`.

{lists}The key, which says what each stimulus is, lies beside this folder and not in it: do not
publish it before the test ends. `automix-bench listen read` reads the results with it. `CREDITS.md`
belongs to the sounds: pass it on with them.
"""
LISTS = """There are {count} lists of pages, `{id}-1` to `{id}-{count}`: give each rater the next
one. `listen serve` does so itself.

"""


def read_text(path: Path) -> str:
    """Plain text from a file.

    Raises:
        DatasetError: there is no such file, or it is no UTF-8 text of at most 20,000 characters.
    """
    try:
        text = path.read_text("utf-8").strip()
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path}: expected UTF-8 text: {error}") from error
    if not 0 < len(text) <= MOST_CHARACTERS:
        raise DatasetError(f"{path}: expected 1 to {MOST_CHARACTERS} characters, got {len(text)}")
    return text


def read_questions(path: Path) -> tuple[Question, ...]:
    """Questions from a JSON file: a list of objects with the fields of `Question`.

    Raises:
        DatasetError: the file is missing or is no such list.
    """
    try:
        content = json.loads(read_text(path))
    except ValueError as error:
        raise DatasetError(f"{path}: not JSON: {error}") from error
    if not isinstance(content, list):
        raise DatasetError(f"{path}: expected a list of questions, got {shown(content)}")
    questions = []
    for number, entry in enumerate(content, 1):
        whole = {"kind": "text", "optional": False, **entry} if isinstance(entry, dict) else entry
        QUESTION.demand(whole, f"{path}, question {number}", "see docs/listening-tests.md")
        options = tuple(whole.get("options", ()))
        questions.append(Question(**{**whole, "options": options}))
    return tuple(questions)
