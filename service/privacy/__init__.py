"""Personal data: found, replaced by typed placeholders, restored exactly."""

from service.privacy.finding import KINDS, Kind, Personal, personal
from service.privacy.masking import Masker

__all__ = ["KINDS", "Kind", "Masker", "Personal", "personal"]
