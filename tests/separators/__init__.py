"""Tests of `separators`."""
