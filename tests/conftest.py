"""Fixtures every room's tests may use."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.model_server import ModelServer

settings.register_profile("warmline", deadline=None)  # a busy machine is no failure
settings.load_profile("warmline")


@pytest.fixture(scope="session")
def _running_model_server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def model_server(_running_model_server: ModelServer) -> ModelServer:
    """An OpenAI-compatible server, with nothing scripted, recorded or counted yet."""
    _running_model_server.reset()
    _running_model_server.behaviour = None
    return _running_model_server
