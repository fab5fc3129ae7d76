"""Make a data set: plan, prepare songs, render, resume, rebuild, estimate."""
