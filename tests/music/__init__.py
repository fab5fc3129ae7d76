"""Tests of `music`."""
