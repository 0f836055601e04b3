"""One small shop, synced once: tests that only read share it, the others take a copy."""

import shutil
from pathlib import Path

import pytest

from retrieval.sync import sync
from tests.retrieval.shops import Corner, write_shop


@pytest.fixture(scope="session")
def shared_corner(tmp_path_factory: pytest.TempPathFactory) -> Corner:
    """The shop of `shops.py` without the law pack, synced; not to be changed."""
    corner = Corner(tmp_path_factory.mktemp("shared"))
    sync(write_shop(corner.shop), corner.home, law=corner.law)
    return corner


@pytest.fixture
def corner(shared_corner: Corner, tmp_path: Path) -> Corner:
    """A copy of the synced shop, to be changed at will."""
    return Corner(Path(shutil.copytree(shared_corner.folder, tmp_path / "copied")))
