"""A shop folder becomes searchable, and stays so."""

from datetime import date
from pathlib import Path

import pytest

from retrieval.errors import ShopError
from retrieval.knowledge import Knowledge
from retrieval.query import Query
from retrieval.sync import sync
from tests.retrieval.shops import RETURNS, write_shop

TODAY = date(2026, 11, 20)


def test_a_synced_folder_answers_with_the_right_snippet(tmp_path: Path) -> None:
    report = sync(write_shop(tmp_path / "corner"), tmp_path / "home")
    knowledge = Knowledge.open(tmp_path / "home", "corner")
    hits = knowledge.search([Query(text="杯子有质量问题能退货吗", at=TODAY)])
    assert hits[0].snippet.id == "returns#quality"
    assert "words #1" in hits[0].why
    assert (report.generation, report.unchanged) == (1, False)
    assert knowledge.generation == "corner/000001"
    assert knowledge.products["D101"].specs["容量"] == "500ml"
    assert knowledge.orders["A1"].status == "paid"
    assert knowledge.shop.name == "小店"
    knowledge.close()


def test_an_unchanged_folder_is_left_alone_and_a_changed_one_is_published(tmp_path: Path) -> None:
    shop, home = write_shop(tmp_path / "corner"), tmp_path / "home"
    sync(shop, home)
    assert sync(shop, home).unchanged
    write_shop(shop, {"policies/returns.md": RETURNS.replace("15 天", "30 天")})
    before = Knowledge.open(home, "corner")
    report = sync(shop, home)
    assert (report.generation, report.added, report.changed, report.removed) == (2, 0, 1, 0)
    after = before.refresh()
    assert "15 天" in before.snippets("returns#quality")[0].text
    assert "30 天" in after.snippets("returns#quality")[0].text
    assert after.refresh() is after
    before.close()
    after.close()


def test_a_broken_policy_stops_the_sync_with_one_line_and_what_was_live_stays(tmp_path: Path) -> None:
    shop, home = write_shop(tmp_path / "corner"), tmp_path / "home"
    sync(shop, home)
    (shop / "policies" / "bad.md").write_text("---\nid: [\n---\n## A\nb\n", encoding="utf-8")
    with pytest.raises(ShopError, match=r"^policies/bad\.md: front matter: not readable as YAML"):
        sync(shop, home)
    assert Knowledge.open(home, "corner").generation == "corner/000001"
    report = sync(shop, home, skip_bad=True)
    assert [file for file, _ in report.skipped] == ["policies/bad.md"]
