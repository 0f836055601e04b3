"""The commitment ledger: everything in a text that binds the shop, and what supports it."""

from service.ledger.differences import Difference, differences
from service.ledger.ledger import Ledger, keep_ledger

__all__ = ["Difference", "Ledger", "differences", "keep_ledger"]
