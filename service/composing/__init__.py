"""The composer: complete replies from playbooks, policies and order data, with no model."""

from service.composing.composing import compose
from service.composing.composition import Composition

__all__ = ["Composition", "compose"]
