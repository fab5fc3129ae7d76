"""Tests of `submissions`."""
