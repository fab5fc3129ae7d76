"""Array jobs of a SLURM cluster, and the folder over which they and who sent them talk."""
