"""What can be computed from policy and order: deadlines and amounts, each with its derivation."""

from service.facts.computing import compute

__all__ = ["compute"]
