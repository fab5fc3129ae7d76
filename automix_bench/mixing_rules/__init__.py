"""The rules of a knowledge-based mixer, one in each file, each with its source.

A rule is a function of a `Session` (tracks, sends, a bus) that returns the session with further
effects. The effects are those of `automix_bench.effects`, so that a session is a console at any
time. `automix_bench.models.knowledge_based` puts the rules in their order.

The rules are those of the surveys of De Man, Reiss & Stables ("Ten years of automatic mixing", WIMP
2017) and Moffat & Sandler ("Approaches in intelligent music production", Arts 8(4), 2019). They
know a track by its sound, and by the role that its name tells; of a name that tells none, by its
sound alone.
"""
