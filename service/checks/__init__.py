"""Is every word of this text allowed? Findings, commitments and safe fixes for any text, also a human's."""

from service.checks.examination import Examination, examine
from service.checks.fixing import apply_fix, mend

__all__ = ["Examination", "apply_fix", "examine", "mend"]
