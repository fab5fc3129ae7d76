"""Tests of `automix_bench.charts`."""
