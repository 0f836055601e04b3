"""The shops and tickets that drafts are read for."""

import json
from pathlib import Path

import pytest

from prompts.library import Library, load_library
from retrieval.folder import shipped_shops
from service.case import Case
from service.preparing import prepare
from tests.service.composing.read import open_shop, ticket_of

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="session")
def cases(library: Library, tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    """Every ticket of three shops of three trades, made ready to be answered."""
    made = []
    home = tmp_path_factory.mktemp("home")
    for folder in (shipped_shops()["demo"], HERE / "shops" / "digital", HERE / "shops" / "fruit"):
        knowledge = open_shop(folder, home)
        lines = (HERE / "tickets" / f"{folder.name}.jsonl").read_text(encoding="utf-8").splitlines()
        for line in lines:
            ticket = ticket_of(json.loads(line), dict(knowledge.orders))
            made.append(prepare(ticket, knowledge=knowledge, library=library))
    return made
