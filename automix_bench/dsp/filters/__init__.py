"""Filters: biquads, Butterworth, crossovers, K-weighting, convolution, oversampling."""
