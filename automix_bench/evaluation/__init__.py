"""Run a model on a task, score its answers, compare models."""
