"""An installed LV2 plug-in that needs no features of its host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.effect import Effect, text
from automix_bench.errors import MissingPart
from automix_bench.files.canonical_json import canonical
from automix_bench.hosting import lv2
from automix_bench.hosting.parameters import Value, parsed, required_canonical

__all__ = ["Lv2"]


@dataclass(frozen=True)
class Lv2(Effect):
    """An effect plug-in in the format LV2, with some of its controls set.

        y = plug-in(x; parameters)

    The format is the LV2 specification (S. Harris and D. Robillard, 2008), and `lv2apply` of the
    lilv project runs the plug-in. `uri` and the sha256 of its binary name the plug-in. It is looked
    for in the folders of `LV2_PATH`, or in the format's standard folders. `parameters` is canonical
    JSON that maps the symbols of control inputs to numbers, such as `{"gain":-6.0}`; the other
    controls stay at their defaults. `Lv2.installed` fills all three fields.

    Latency: 0 samples. Plug-ins that report latency are refused, because `lv2apply` does not
    compensate it. Plug-ins that need features of their host are refused too. Each call starts a new
    process with a new instance. A plug-in with one channel processes each channel by itself.

    Raises:
        Unsuitable: the plug-in does not take that many channels: some need stereo audio.
        UsageError: `lv2apply` cannot run the plug-in, or the plug-in has no such control, refuses a
            value, or crashes.
        MissingPart: lilv's programs are not installed, or no such plug-in is installed.
        ValueError: `parameters` is not canonical JSON, or `uri` is not a URI.
    """

    irreversible: ClassVar[str] = "a closed box: only its maker knows what it computes"

    uri: str = text()
    sha256: str = text()
    parameters: str = text()

    def __post_init__(self) -> None:
        super().__post_init__()
        required_canonical(Lv2, self.parameters)
        if ":" not in self.uri or self.uri.startswith("-"):
            raise ValueError(f"Lv2.uri must be a URI, as `lv2ls` lists them, got {self.uri!r}")

    @classmethod
    def installed(cls, uri: str, **parameters: Value) -> Lv2:
        """The plug-in with that URI as it is installed on this machine.

        Raises:
            MissingPart: there is none.
        """
        return cls(uri, lv2.description_of(uri).sha256, canonical(parameters))

    def __call__(self, audio: Audio) -> Audio:
        plugin = lv2.description_of(self.uri)
        if plugin.sha256 != self.sha256:
            raise MissingPart(
                "Lv2",
                f"the plug-in {self.uri} of sha256 {self.sha256} (found only {plugin.sha256})",
                "export LV2_PATH=ITS_FOLDER",
            )
        return lv2.played(audio, plugin, parsed(self.parameters))

    def inverse(self) -> None:
        return None
