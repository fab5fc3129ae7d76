"""Any VST3 plug-in of this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automix_bench.audio import Audio
from automix_bench.effect import Effect, text
from automix_bench.files.atomic import file_sha256
from automix_bench.files.canonical_json import canonical
from automix_bench.hosting import vst3
from automix_bench.hosting.parameters import Value, parsed, required_canonical

__all__ = ["Vst3"]


@dataclass(frozen=True)
class Vst3(Effect):
    """An effect plug-in in the format VST3, with some of its parameters set.

        y = plug-in(x; parameters)

    Steinberg's VST 3 plug-in format (2008), hosted by pedalboard. The plug-in is named by its file
    name and the sha256 of its binary, as a path would hold on one machine only; it is looked for in
    the folders in the environment variable `AUTOMIX_BENCH_VST3`, then in the format's standard
    ones (`~/.vst3`, `/usr/lib/vst3`, ...). `parameters` is canonical JSON of values by the names
    that pedalboard gives them, `{"ratio":4.0}`, set in alphabetical order; the others stay as the
    plug-in has them. Plug-ins round values to steps of their own. `Vst3.installed` fills all three.

    Latency: compensated, 0 samples where the plug-in reports its own truly. Each call starts a new
    process with a new instance (some tenths of a second); a plug-in with one channel plays each
    channel by itself, so a compressor's stereo link is lost there. Equal bits come back as far as
    the plug-in is deterministic: some draw random numbers.

    Raises:
        Unsuitable: the plug-in does not take that many channels: some want stereo audio.
        UsageError: it has no such parameter, refuses a value, cannot be loaded, or crashes.
        MissingPart: pedalboard is not installed, or no such plug-in.
        ValueError: `parameters` is no canonical JSON, or `plugin` no file name.
    """

    irreversible: ClassVar[str] = "a closed box: nobody but its maker knows what it computes"

    plugin: str = text()
    sha256: str = text()
    parameters: str = text()

    def __post_init__(self) -> None:
        super().__post_init__()
        required_canonical(Vst3, self.parameters)
        if not self.plugin.endswith(".vst3") or {"/", "\\"} & set(self.plugin):
            raise ValueError(
                f"Vst3.plugin must be a file name such as Room.vst3, without a folder, "
                f"got {self.plugin!r}"
            )

    @classmethod
    def installed(cls, plugin: str, **parameters: Value) -> Vst3:
        """The plug-in of that file name as it is on this machine.

        Raises:
            MissingPart: there is none.
        """
        sha256 = file_sha256(vst3.binary_of(vst3.installed_plugin(plugin)))
        return cls(plugin, sha256, canonical(parameters))

    def __call__(self, audio: Audio) -> Audio:
        bundle = vst3.installed_plugin(self.plugin, self.sha256)
        return vst3.played(audio, bundle, parsed(self.parameters))

    def inverse(self) -> None:
        return None
