"""What runs inside executors: processes, Ray actors, SLURM jobs, and the queue of jobs."""
