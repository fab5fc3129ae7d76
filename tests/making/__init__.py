"""Tests of `making`."""
