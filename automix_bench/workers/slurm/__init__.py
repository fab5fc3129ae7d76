"""Array jobs of a SLURM cluster, and the folder that they share with the submitting process."""
