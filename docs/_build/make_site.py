"""Build the documentation site from docs/, strictly and without the network.

python docs/_build/make_site.py                   into site/, notebooks run
python docs/_build/make_site.py --no-notebooks    quicker: notebooks as they are stored
python docs/_build/make_site.py --out FOLDER --repository https://…    links to code lead there
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
NEEDED = ("sphinx", "furo", "myst_nb", "ipykernel", "matplotlib", "torch")


def main(arguments: Sequence[str] | None = None) -> int:
    """Build and check the site; returns 0 if nothing is wrong with it."""
    parser = argparse.ArgumentParser(description="Build the documentation site.")
    parser.add_argument("--out", type=Path, default=ROOT / "site", help="the folder of the site")
    parser.add_argument("--repository", help="the address that links to code lead to")
    parser.add_argument("--no-notebooks", action="store_true", help="do not run the notebooks")
    options = parser.parse_args(arguments)
    if lacking := [name for name in NEEDED if find_spec(name) is None]:
        print(f"make_site.py: not installed: {', '.join(lacking)}; run: python3 start.py docs")
        return 2
    repository = options.repository.rstrip("/") if options.repository else None
    return build(ROOT, options.out.resolve(), repository, not options.no_notebooks)


def build(root: Path, out: Path, repository: str | None = None, notebooks: bool = True) -> int:
    """Build the site of the repository at `root` into `out`; returns 0 if nothing is wrong."""
    from site_check import faults
    from site_pages import MORE, SiteError
    from site_source import lay_out
    from sphinx.cmd.build import build_main

    if out.exists() and any(out.iterdir()) and not (out / "searchindex.js").is_file():
        print(f"make_site.py: {out} holds something that is no site; give another --out")
        return 2
    # Notebooks run with the Python of the site, whatever kernels this machine has.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH"))))
    with tempfile.TemporaryDirectory() as folder:
        source, built = Path(folder) / "source", Path(folder) / "site"
        try:
            sections = lay_out(root, source, repository)
        except SiteError as error:
            print(f"make_site.py: {error}")
            return 1
        for section in sections:
            if section.title == MORE:
                print(f"Under “{MORE}”, as docs/README.md names them nowhere: {', '.join(section.pages)}")
        mode = "force" if notebooks else "off"
        command = ["-b", "html", "-q", "-W", "--keep-going", "-D", f"nb_execution_mode={mode}"]
        place = ["-c", str(Path(__file__).parent / "site_config"), "-d", str(Path(folder) / "trees")]
        if code := build_main([*command, *place, str(source), str(built)]):
            print("make_site.py: not built, see the warnings above")
            return code
        (built / ".buildinfo").unlink(missing_ok=True)
        if wrong := list(faults(built)):
            print(*wrong, sep="\n")
            return 1
        if out.exists():
            shutil.rmtree(out)
        shutil.copytree(built, out)
    print(f"Built: {out / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    sys.exit(main())
