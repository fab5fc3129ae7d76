"""Models in containers: the command that runs an image, built here and not by the model.

A container has no network, no file of this machine, a root that it cannot write to, no rights, and
limits of memory and processes. Messages pass through its standard input and output. The client of a
runtime needs the runtime's socket, which the box refuses, so it runs outside of the box.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from automix_bench.errors import UsageError
from automix_bench.isolation.privileges import Limits
from automix_bench.untrusted.fields import shown

DOCKER, PODMAN, APPTAINER = RUNTIMES = ("docker", "podman", "apptainer")
WHY_NOT_BOXED = "a container's runtime needs its socket, which the box refuses"

_IMAGE = re.compile(r"([a-z0-9][a-z0-9._/:-]{0,250}@)?sha256:[0-9a-f]{64}")
_NOBODY = "65534:65534"
_CLIENT_READS = """HOME USER XDG_RUNTIME_DIR XDG_CONFIG_HOME DOCKER_HOST DOCKER_CONTEXT
DOCKER_CONFIG DOCKER_CERT_PATH DOCKER_TLS_VERIFY CONTAINER_HOST CONTAINERS_CONF
APPTAINER_CACHEDIR"""
"""Variables of the runtime's client. None of them reaches the container."""


@dataclass(frozen=True)
class Container:
    """An image and what runs it.

    Attributes:
        runtime: one of `RUNTIMES`.
        program: its client.
        image: by its digest; of apptainer, a file.
        command: in the container; empty for that of the image.
    """

    runtime: str
    program: str
    image: str
    command: tuple[str, ...] = ()

    def words(self, limits: Limits, name: str) -> tuple[str, ...]:
        """The command that runs it.

        Args:
            name: of the container.
        """
        if self.runtime == APPTAINER:
            kind = ("exec",) if self.command else ("run",)
            options = _apptainer_options(limits)
            return (self.program, *kind, *options, self.image, *self.command)
        return (self.program, "run", *_options(limits, name), self.image, *self.command)

    def words_at_end(self, name: str) -> tuple[str, ...]:
        """The command that ends a container that outlives its client; empty if none can. One of
        apptainer is a child of its client, and ends with it."""
        return () if self.runtime == APPTAINER else (self.program, "rm", "--force", name)


def container_of(
    path: Path, image: str, runtime: str | None, command: tuple[str, ...] = ()
) -> Container:
    """The container that a `model.toml` names.

    Args:
        path: of the `model.toml`.
        runtime: None takes the first that is installed.

    Raises:
        UsageError: no runtime is installed, or the image is not named by its content.
    """
    program = None
    for name in [runtime] if runtime else RUNTIMES:
        if program := shutil.which(name):
            runtime = name
            break
    if program is None or runtime is None:
        expected = runtime or "docker, podman or apptainer"
        raise UsageError(f"{path}: container: expected {expected} to be installed, found none")
    if runtime != APPTAINER:
        if not _IMAGE.fullmatch(image):
            raise UsageError(
                f"{path}: container: expected an image by its digest, NAME@sha256:… or sha256:… (a "
                f"tag can come to name another image), got {shown(image)}"
            )
        return Container(runtime, program, image, command)
    folder = path.resolve().parent
    file = (folder / image).resolve()
    if not file.is_file() or not file.is_relative_to(folder):
        raise UsageError(
            f"{path}: container: expected an image file below its folder, got {shown(image)}"
        )
    return Container(runtime, program, str(file), command)


def environment_of_client(environment: Mapping[str, str]) -> dict[str, str]:
    """A model's environment with what the runtime's client needs to find its socket."""
    own = {name: os.environ[name] for name in _CLIENT_READS.split() if name in os.environ}
    return {**environment, **own}


def _options(limits: Limits, name: str) -> tuple[str, ...]:
    """Of docker and podman, which take the same."""
    return (
        "--rm",
        "--interactive",
        f"--name={name}",
        "--pull=never",
        "--network=none",
        "--read-only",
        f"--tmpfs=/tmp:rw,size={limits.file_bytes}",
        "--env=HOME=/tmp",
        "--workdir=/tmp",
        f"--user={_NOBODY}",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--ipc=none",
        f"--memory={limits.memory}",
        f"--memory-swap={limits.memory}",
        f"--pids-limit={limits.processes * 16}",
        "--log-driver=none",
    )


def _apptainer_options(limits: Limits) -> tuple[str, ...]:
    return (
        "--containall",
        "--cleanenv",
        "--no-home",
        "--no-privs",
        "--net",
        "--network=none",
        "--pwd=/tmp",
        f"--memory={limits.memory}",
        f"--pids-limit={limits.processes * 16}",
    )
