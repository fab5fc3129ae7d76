"""Signal processing that effects and metrics share: filters, dynamics, delays, spectra,
loudness."""
