"""Submissions to boards: archives of answers, scored again. See `docs/submissions.md`."""
