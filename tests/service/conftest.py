"""What the room's tests share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from prompts.library import Library, load_library
from service.assembly import Warmline
from service.settings import Settings
from tests.model_server import ModelServer


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for the room's tests: the demo shop is indexed once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def library() -> Library:
    """Everything under `prompts/`, read once."""
    return load_library()


@pytest.fixture
def with_model(
    home: Path, library: Library, tmp_path: Path, model_server: ModelServer
) -> Callable[..., Warmline]:
    """Makes programs that ask the test's model server, with a store of the test's own."""

    def assemble(model: str = "polite", **settings: Any) -> Warmline:
        made = Warmline(
            settings=Settings(
                home=home,
                database_url=f"sqlite:///{tmp_path / 'w.db'}",
                base_url=model_server.url,
                api_key=SecretStr("k"),
                model=model,
                **settings,
            )
        )
        made.library = library
        return made

    return assemble
