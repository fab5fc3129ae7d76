"""Signal processing that effects share, and metrics: filters, compiled loops, spectra."""
