"""What is recorded of the processor."""

import pytest

from automix_bench.workers import machine


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        ("fpu sse2 avx avx2 avx512f avx512bw", "AVX-512"),
        ("fpu sse2 avx avx2 fma", "AVX2"),
        ("fp asimd crc32", "NEON"),
        ("fpu sse2 avx not_avx2", ""),
        ("", ""),
    ],
)
def test_the_widest_vector_instructions_are_named(flags, name, monkeypatch):
    monkeypatch.setattr(machine, "_stated", lambda *names: flags)
    assert machine.vectors.__wrapped__() == name
