"""Any LV2 plug-in of this machine that asks little of its host."""

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

    The LV2 specification (S. Harris and D. Robillard, 2008), played by `lv2apply` of the lilv
    project. The plug-in is named by its URI and the sha256 of its binary, and looked for where
    `LV2_PATH` says, or in the format's standard folders. `parameters` is canonical JSON of numbers
    by the symbols of its control inputs, `{"gain":-6.0}`; the others stay at their defaults.
    `Lv2.installed` fills all three.

    Latency: 0 samples; plug-ins that report latency are refused, as `lv2apply` does not take it
    out, and so are those that need features of their host. Each call starts a new process with a
    new instance; a plug-in with one channel plays each channel by itself.

    Raises:
        Unsuitable: the plug-in does not take that many channels: some want stereo audio.
        UsageError: it cannot be played by `lv2apply`, has no such control, refuses a value, or
            crashes.
        MissingPart: lilv's programs are not installed, or no such plug-in.
        ValueError: `parameters` is no canonical JSON, or `uri` no URI.
    """

    irreversible: ClassVar[str] = "a closed box: nobody but its maker knows what it computes"

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
        """The plug-in of that URI as it is on this machine.

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
