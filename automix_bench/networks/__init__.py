"""What the embeddings' networks are made of: checkpoints, spectra on mel scales, convolutions."""
