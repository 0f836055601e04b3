"""What can go wrong with an evaluation.

EvalError
├── SuiteError       a scenario file, or a field of it, is not what it should be (exit 2)
├── RunDrift         the run folder was begun with something else (exit 4)
├── RunDamaged       a run folder lacks what a run must have (exit 2)
├── NotComparable    two runs cannot be held against each other (exit 4)
├── NotProven        a run does not prove what a release needs (exit 1)
└── JudgeNotCertified  a judge's metric was asked to decide and may not (exit 6)
"""

from collections.abc import Sequence


class EvalError(Exception):
    """Base of this room's errors: one line that names the thing, what was expected, what to do."""

    exit_code: int = 2


class SuiteError(EvalError):
    """A scenario file, or a field of it, is not what it should be."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems) or (message,)


class RunDrift(EvalError):
    """The run folder was begun with another suite, writer or knowledge."""

    exit_code = 4


class RunDamaged(EvalError):
    """A run folder lacks what a run must have."""


class NotComparable(EvalError):
    """Two runs cannot be held against each other."""

    exit_code = 4


class JudgeNotCertified(EvalError):
    """A judge's metric was asked to decide and may not."""

    exit_code = 6


class NotProven(EvalError):
    """A run does not prove what a release needs."""

    exit_code = 1
