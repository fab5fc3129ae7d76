"""Delays: reading between samples, echoes, and the oscillator that moves them."""
