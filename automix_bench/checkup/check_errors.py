"""Why a trial ends without a finding."""

from __future__ import annotations


class DoesNotApply(Exception):
    """A trial says nothing about this model. The message is the reason, in one line."""


class NotAnswered(Exception):
    """A model gave no answer that fits its brief. The message is one line."""
