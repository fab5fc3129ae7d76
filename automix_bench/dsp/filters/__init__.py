"""Filters: biquads, Butterworth, crossovers, K-weighting."""
