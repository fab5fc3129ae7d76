"""Tests of `separation`."""
