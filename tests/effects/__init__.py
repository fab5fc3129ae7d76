"""Tests of `effects`."""
