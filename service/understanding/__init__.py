"""Understanding a ticket: what the customer wants, feels, mentions, and what is still missing."""

from service.understanding.understanding import understand

__all__ = ["understand"]
