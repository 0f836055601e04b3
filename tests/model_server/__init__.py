"""An OpenAI-compatible server of the tests' own: deterministic, scripted, and able to fail in every way."""

from tests.model_server.behaviour import FAULTS, Behaviour
from tests.model_server.server import ModelServer

__all__ = ["FAULTS", "Behaviour", "ModelServer"]
