"""What is recorded of the processor."""

import pytest

from automix_bench.workers import machine


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("flags\t\t: fpu sse2 avx avx2 avx512f avx512bw", "AVX-512"),
        ("flags\t\t: fpu sse2 avx avx2 fma", "AVX2"),
        ("Features\t: fp asimd crc32", "NEON"),
        ("flags\t\t: fpu sse2 avx not_avx2", ""),
        ("vmx flags\t: avx2", ""),
        ("", ""),
    ],
)
def test_the_widest_vector_instructions_are_named(line, name, monkeypatch, tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nmodel name\t: A  Chip\n{line}\n")
    monkeypatch.setattr(machine, "CPUINFO", cpuinfo)
    assert machine.processor.__wrapped__() == "A Chip"
    assert machine.vectors.__wrapped__() == name
