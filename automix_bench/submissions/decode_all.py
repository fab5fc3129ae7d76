"""Decode every FLAC file of a folder under limits of time and memory, for `verify`.

The sound must have the MD5 that the file's head states. Otherwise one decoder could hear other
samples than another, or fewer.

    python -m automix_bench.submissions.decode_all FOLDER CPU_SECONDS BYTES

The last line is `ok`, or the name of the file at which it ended.
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path


def main(folder: Path, seconds: int, size: int) -> int:
    """Decode; returns the exit code."""
    from automix_bench.evaluation.answer_sound import decoded
    from automix_bench.files.flac import agrees_with_md5

    files = sorted(folder.glob("*.flac"))
    limited = sys.platform != "win32"
    used = 0
    if limited:
        import resource

        with contextlib.suppress(ValueError):  # a lower limit is there
            resource.setrlimit(resource.RLIMIT_AS, (size, size))
        used = int(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))
    for number, path in enumerate(files, 1):
        print(path.name, flush=True)
        if limited:
            limit = used + seconds + number
            resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        content = path.read_bytes()
        if not agrees_with_md5(content[:42], decoded(path, content, "pack the run again").samples):
            return 1
    print("ok", flush=True)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
    except Exception:
        sys.exit(1)
