"""Tests of `normalisers`."""
