"""A picture: an SVG that notebooks show, and that is written as SVG, PNG or PDF."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from automix_bench.errors import MissingPart, UsageError
from automix_bench.files.atomic import write_whole

STYLES = Path(__file__).parent / "styles"
SUFFIXES = (".png", ".svg", ".pdf")

_PNG_SCALE = 1.1


@dataclass(frozen=True, repr=False)
class Picture:
    """The text of an SVG file. A notebook shows it where it is the last value of a cell."""

    svg: str

    def save(self, path: Path | str, scale: float = _PNG_SCALE) -> Path:
        """Write the picture to a file. Equal pictures give equal files.

        Args:
            path: its suffix says the kind: .png, .svg or .pdf.
            scale: pixels of a .png for each unit of the picture.

        Raises:
            UsageError: the suffix is none of those.
            MissingPart: it is a .png or a .pdf, and vl-convert-python is not installed.
            DiskFull: there is no room.
        """
        path = Path(path)
        demand_writable(path)
        if path.suffix == ".svg":
            write_whole(path, self.svg.encode())
            return path
        import vl_convert

        if path.suffix == ".png":
            write_whole(path, vl_convert.svg_to_png(self.svg, scale=scale))
        else:
            write_whole(path, vl_convert.svg_to_pdf(self.svg))
        return path

    def __repr__(self) -> str:
        size = re.search(r'width="(\d+)" height="(\d+)"', self.svg)
        return f"<Picture {size[1]} × {size[2]}>" if size else "<Picture>"

    def _repr_svg_(self) -> str:
        return self.svg


def demand_writable(path: Path) -> None:
    """Refuse the name of a file that no picture can be written to, before it is drawn.

    Raises:
        UsageError: the suffix is not one of `SUFFIXES`.
        MissingPart: it is not .svg, and vl-convert-python is not installed.
    """
    if path.suffix not in SUFFIXES:
        raise UsageError(f"a picture's name ends in {', '.join(SUFFIXES)}, got {path.name}")
    if path.suffix != ".svg":
        try:
            import vl_convert  # noqa: F401
        except ImportError as error:
            raise MissingPart(
                f"a picture as {path.suffix}", "vl-convert-python", "pip install vl-convert-python"
            ) from error


def style_sheet(*names: str) -> Markup:
    """The text of style sheets of this room."""
    return Markup("".join((STYLES / name).read_text(encoding="utf-8") for name in names))
