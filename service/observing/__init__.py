"""What a running program tells of itself: one observation per draft, for logs, metrics and traces alike."""

from service.observing.watching import Observation, Observer, watched

__all__ = ["Observation", "Observer", "watched"]
