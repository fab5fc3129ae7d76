"""Mix by the rules of the literature: levels, places, equalisers, compressors, room and bus."""

from __future__ import annotations

from dataclasses import dataclass

from automix_bench.mixing_rules.band_limited_loudness import band_limited_loudness
from automix_bench.mixing_rules.bleed_aware_loudness import bleed_aware_loudness
from automix_bench.mixing_rules.bus_glue import BusGlue, at_loudness
from automix_bench.mixing_rules.compression import Compression
from automix_bench.mixing_rules.equal_loudness import Measure, equal_loudness, integrated
from automix_bench.mixing_rules.low_cut import LowCut
from automix_bench.mixing_rules.masking_eq import MaskingEQ
from automix_bench.mixing_rules.modified_loudness import modified_loudness
from automix_bench.mixing_rules.panning import Panning
from automix_bench.mixing_rules.reverb_sends import ReverbSends
from automix_bench.mixing_rules.role_levels import role_offsets
from automix_bench.mixing_rules.session import Session, opened
from automix_bench.mixing_rules.spectral_balance import SpectralBalance
from automix_bench.model import Answer, Brief

__all__ = ["KnowledgeBased"]


@dataclass(frozen=True)
class KnowledgeBased:
    """The knowledge-based mixer of De Man & Reiss and Moffat, and of those they build on.

    Each rule lies in a file of `automix_bench.mixing_rules` with its source. A rule is a switch, so
    that an ablation is a flag: `KnowledgeBased(panning=False)`. Which rules are on was decided by
    measurements; `docs/mixing-rules.md` has others, on songs of their own. The order is that of a
    channel strip: low cut, equaliser, compressor, fader, pan, send; then the bus.

    It takes any number of tracks, mono or stereo. Silent tracks stay as they are, and a name that
    tells no role gets the rules that need none. The answer holds the console; rendered, it is the
    mix.

    Attributes:
        levels: equal loudness for every track.
        roles: some roles louder than others.
        modified: measure the loudness of tracks by Pestana's modification of BS.1770.
        band_limited: measure it in the octaves where a track stands out.
        bleed_aware: measure that of drums without what their microphones hear of each other.
        low_cut: a high pass where a track has nothing low.
        masking: cut a track where it masks others and has little to lose.
        compression: compressors whose settings follow from the signal.
        panning: spread the mono tracks.
        reverb: sends to a room by role.
        balance: an equaliser on the bus, towards the spectrum of released music.
        glue: a compressor on the bus.
        target_lufs: the loudness of the mix. The default is that of the mixes in the recipes.
    """

    levels: bool = True
    roles: bool = True
    modified: bool = True
    band_limited: bool = False
    bleed_aware: bool = False
    low_cut: bool = False
    masking: bool = False
    compression: bool = False
    panning: bool = True
    reverb: bool = True
    balance: bool = False
    glue: bool = True
    target_lufs: float = -23.0

    def __call__(self, brief: Brief) -> Answer:
        session = at_loudness(self._mixed(opened(brief.stems)), self.target_lufs)
        return session.answer()

    def _mixed(self, session: Session) -> Session:
        """The session with every rule that is switched on."""
        if not session.audible:
            return session
        offsets = role_offsets(session) if self.roles else {}
        if self.low_cut:
            session = LowCut()(session)
        if self.masking:
            session = MaskingEQ()(session, offsets)
        if self.compression:
            session = Compression()(session)
        if self.levels:
            session = equal_loudness(session, self._measure(), offsets)
        if self.panning:
            session = Panning()(session)
        if self.reverb:
            session = ReverbSends()(session)
        if self.balance:
            session = SpectralBalance()(session)
        return BusGlue()(session) if self.glue else session

    def _measure(self) -> Measure:
        if self.bleed_aware:
            return bleed_aware_loudness
        if self.band_limited:
            return band_limited_loudness
        return modified_loudness if self.modified else integrated
