"""What runs inside executors: processes, Ray actors and SLURM jobs; and the queue of jobs."""
