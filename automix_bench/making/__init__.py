"""Make a data set: plan it, load songs, cut excerpts, render them, resume, rebuild, estimate."""
