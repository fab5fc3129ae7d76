"""Tests of `mixing_rules`."""
