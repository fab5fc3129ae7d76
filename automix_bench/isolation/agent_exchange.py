"""Show a program each brief as JSON on standard input, and read a console from its standard output.

The program is called once for each brief, in the box of this process. It gets measurements and no
sound; `docs/agents.md` has every field. Its console is checked and played here.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from automix_bench.agents.brief_json import brief_to_json
from automix_bench.agents.console_answer import RefusedAnswer, answer_to
from automix_bench.agents.console_schema import MOST_BYTES, usable_effects
from automix_bench.isolation.briefs import brief_of, message_of_answer
from automix_bench.isolation.each_brief import exit_message, failure_message, serve_each
from automix_bench.isolation.wire import Message, Wire

_MOST_STDERR = 1 << 20


def load_effects() -> None:
    """Load the effects that an answer may name: in the box their folder cannot be listed."""
    usable_effects()


def serve_agent(wire: Wire, words: Sequence[str]) -> None:
    """Run the program for each brief, until the input ends."""
    serve_each(wire, lambda brief, folder: _answer(brief, words, folder))


def _answer(message: Message, words: Sequence[str], folder: Path) -> Message:
    brief, _ = brief_of(message)
    seed = message.head.get("seed")
    shown = json.dumps(brief_to_json(brief, seed if isinstance(seed, int) else 0))
    folder.mkdir()
    try:
        code, printed, stderr = _run(words, shown, folder)
    except OSError as error:
        return failure_message(f"the program cannot be started: {error}", "")
    os.write(2, stderr.encode())
    if code and len(printed) <= MOST_BYTES:
        return exit_message(code, stderr)
    try:
        return message_of_answer(answer_to(brief, printed))
    except RefusedAnswer as error:
        return failure_message(str(error), stderr)


def _run(words: Sequence[str], shown: str, folder: Path) -> tuple[int, bytes, str]:
    """The exit code of the program, the first of what it printed, and its standard error. It is
    ended if it prints more than an answer may have."""
    stdin, stderr = folder / "brief.json", folder / "stderr"
    stdin.write_text(shown)
    with stdin.open("rb") as shown_to_it, stderr.open("wb") as errors:
        program = subprocess.Popen(
            words, stdin=shown_to_it, stdout=subprocess.PIPE, stderr=errors, cwd=folder
        )
        assert program.stdout is not None
        with program.stdout as output:
            printed = output.read(MOST_BYTES + 1)
            if len(printed) > MOST_BYTES:
                program.kill()
        code = program.wait()
    with stderr.open("rb") as errors_again:
        return code, printed, errors_again.read(_MOST_STDERR).decode("utf-8", "replace")
