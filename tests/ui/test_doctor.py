"""Doctor says what is missing, and what to do about it."""

import os
import socket
from pathlib import Path

import pytest

from service.assembly import Warmline
from service.settings import Settings, read_settings
from tests.model_server import ModelServer
from ui.doctor import Row, examine
from ui.words import word


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARMLINE_LANG", "en")
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "WARMLINE_MODEL"):
        monkeypatch.delenv(name, raising=False)


def rows(settings: Settings) -> dict[str, Row]:
    """The rows by what they are about."""
    found = examine(Warmline(settings=settings))
    return {key: row for row in found for key in NAMES if row.what == word(f"doctor_{key}", "en")}


NAMES = ("python", "home", "disk", "sqlite", "store", "shop", "templates", "model", "port")


def test_a_fresh_machine_is_good_and_knows_what_comes_next(tmp_path: Path) -> None:
    found = rows(read_settings(home=tmp_path / "new", port=0))
    assert set(found) == set(NAMES)
    assert not [row for row in found.values() if row.state == "bad"]
    assert (found["shop"].state, found["shop"].do[:16]) == ("note", "warmline kb sync")
    assert found["model"].state == "note"


def test_a_home_that_cannot_be_written_to_is_bad(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = rows(read_settings(home=tmp_path / "file" / "home", port=0))
    assert (found["home"].state, found["store"].state) == ("bad", "bad")
    assert "WARMLINE_HOME" in found["home"].do


def test_a_key_without_an_endpoint_is_said_to_do_nothing(tmp_path: Path) -> None:
    found = rows(read_settings(home=tmp_path, port=0, api_key="k"))
    assert "OPENAI_BASE_URL" in found["model"].do


def test_an_endpoint_that_answers_is_good_and_one_that_does_not_is_bad(
    tmp_path: Path, model_server: ModelServer
) -> None:
    answers = read_settings(home=tmp_path, port=0, api_key="k", base_url=model_server.url, model="polite")
    assert rows(answers)["model"].state == "good"
    silent = read_settings(home=tmp_path, port=0, api_key="k", base_url="http://127.0.0.1:9/v1")
    assert rows(silent)["model"].state == "bad"


def test_a_port_in_use_is_noted(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        found = rows(read_settings(home=tmp_path, port=taken.getsockname()[1]))
    assert found["port"].state == "note"


def test_a_shop_whose_files_changed_after_the_sync_is_noted(tmp_path: Path) -> None:
    shop = tmp_path / "corner"
    (shop / "policies").mkdir(parents=True)
    policy = shop / "policies" / "returns.md"
    policy.write_text(
        "---\nid: returns\ntitle: Returns\neffective_from: 2026-01-01\n---\n## Return\n7 days.\n"
    )
    settings = read_settings(home=tmp_path / "home", port=0)
    Warmline(settings=settings).sync(shop)
    later = policy.stat().st_mtime + 1_000
    os.utime(policy, (later, later))
    told = [row for row in examine(Warmline(settings=settings)) if "corner" in row.says]
    assert [row.state for row in told] == ["note"]
    assert str(shop) in told[0].do
