"""Distributions for the settings of effects."""
