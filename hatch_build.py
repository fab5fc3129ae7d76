"""The addresses of the project in the package: those of the repository that it is built from.

The address is GITHUB_SERVER_URL/GITHUB_REPOSITORY where a workflow builds, else that of the remote
`origin`. Without either there are no addresses, rather than made-up ones.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

PAGES = {
    "Source": "",
    "Documentation": "/blob/main/docs/README.md",
    "Changelog": "/blob/main/CHANGELOG.md",
    "Issues": "/issues",
}


class ProjectUrls(MetadataHookInterface):
    """Sets `urls`, which pyproject.toml declares as dynamic."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Add the addresses to the metadata."""
        address = repository(os.environ, origin(Path(self.root)))
        metadata["urls"] = {name: address + page for name, page in PAGES.items() if address}


def origin(root: Path) -> str:
    """The address of the remote `origin` of the checkout at `root`; "" if there is none."""
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip() if (root / ".git").exists() and done.returncode == 0 else ""


def repository(environment: Mapping[str, str], remote: str) -> str:
    """The address for browsers, without any user, password or port in it; "" if there is none."""
    if "GITHUB_REPOSITORY" in environment:
        server = environment.get("GITHUB_SERVER_URL", "https://github.com")
        remote = f"{server}/{environment['GITHUB_REPOSITORY']}"
    pattern = r"(?:(?:https|ssh|git)://(?:[^/@]*@)?|[\w.-]+@)([\w.-]+\.[a-z]+)(?::\d+)?[:/]+(.+?)(?:\.git)?/?"
    match = re.fullmatch(pattern, remote)
    return f"https://{match[1]}/{match[2]}" if match else ""
