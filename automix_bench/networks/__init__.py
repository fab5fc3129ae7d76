"""Parts of networks: checkpoints, input spectra on mel scales, blocks of convolutions, and whole
networks of metrics."""
