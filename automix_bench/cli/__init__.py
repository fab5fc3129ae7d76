"""The command line: `commands` lists the commands, `output` prints their results."""

from automix_bench.cli.commands import app, main

__all__ = ["app", "main"]
