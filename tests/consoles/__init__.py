"""Tests of `consoles`."""
