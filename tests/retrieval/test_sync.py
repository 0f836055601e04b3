"""A shop folder becomes searchable, and stays so."""

from datetime import date

import pytest

from retrieval.errors import ShopError
from retrieval.knowledge import Knowledge
from retrieval.query import Query
from retrieval.sync import sync
from tests.retrieval.shops import RETURNS, Corner, write_shop

TODAY = date(2026, 11, 20)


def test_a_synced_folder_answers_with_the_right_snippet(shared_corner: Corner) -> None:
    knowledge = Knowledge.open(shared_corner.home, "corner")
    hits = knowledge.search([Query(text="杯子有质量问题能退货吗", at=TODAY)])
    assert hits[0].snippet.id == "returns#quality"
    assert "words #1" in hits[0].why
    assert knowledge.generation == "corner/000001"
    assert knowledge.products["D101"].specs["容量"] == "500ml"
    assert knowledge.orders["A1"].status == "paid"
    assert knowledge.shop.name == "小店"
    knowledge.close()


def test_an_unchanged_folder_is_left_alone_and_a_changed_one_is_published(corner: Corner) -> None:
    assert sync(corner.shop, corner.home, law=corner.law).unchanged
    write_shop(corner.shop, {"policies/returns.md": RETURNS.replace("15 天", "30 天")})
    before = Knowledge.open(corner.home, "corner")
    report = sync(corner.shop, corner.home, law=corner.law)
    assert (report.generation, report.added, report.changed, report.removed) == (2, 0, 1, 0)
    after = before.refresh()
    assert "15 天" in before.snippets("returns#quality")[0].text
    assert "30 天" in after.snippets("returns#quality")[0].text
    assert after.refresh() is after
    before.close()
    after.close()


def test_a_broken_policy_stops_the_sync_with_one_line_and_what_was_live_stays(corner: Corner) -> None:
    (corner.shop / "policies" / "bad.md").write_text("---\nid: [\n---\n## A\nb\n", encoding="utf-8")
    with pytest.raises(ShopError, match=r"^policies/bad\.md: front matter: not readable as YAML"):
        sync(corner.shop, corner.home, law=corner.law)
    assert Knowledge.open(corner.home, "corner").generation == "corner/000001"
    report = sync(corner.shop, corner.home, law=corner.law, skip_bad=True)
    assert [file for file, _ in report.skipped] == ["policies/bad.md"]
