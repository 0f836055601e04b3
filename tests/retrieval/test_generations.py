"""Generations: damage is noticed, mended and rolled back; writers wait; readers never see a mixture."""

import json
import shutil
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from retrieval.errors import GenerationDamaged, KnowledgeBusy, RetrievalError, UnknownShop
from retrieval.generation import Pointer, ShopHome, file_hash
from retrieval.knowledge import Knowledge, live_manifest
from retrieval.locking import writing
from retrieval.maintaining import rebuild, rollback, verify
from retrieval.query import Query
from retrieval.status import status
from retrieval.sync import sync
from tests.retrieval.shops import RETURNS, SHIPPING, Corner, write_shop
from tests.retrieval.trials import damage, kill

TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def published(shared_corner: Corner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two generations of one shop."""
    corner = Corner(Path(shutil.copytree(shared_corner.folder, tmp_path_factory.mktemp("published") / "x")))
    write_shop(corner.shop, {"policies/returns.md": RETURNS.replace("15 天", "30 天")})
    sync(corner.shop, corner.home, law=corner.law)
    return corner.home


@pytest.fixture
def home(published: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(published, tmp_path / "home"))


@pytest.mark.parametrize("name", damage.VARIANTS)
def test_every_kind_of_damage_is_noticed_before_anything_is_served(home: Path, name: str) -> None:
    place = ShopHome.of(home, "corner")
    assert not damage.noticed(place)
    damage.VARIANTS[name](place.folder(2))
    assert damage.noticed(place)


def test_a_damaged_generation_is_built_again_from_the_truth_when_it_is_opened(home: Path) -> None:
    damage.VARIANTS["graph lengths zeroed"](ShopHome.of(home, "corner").folder(2))
    knowledge = Knowledge.open(home, "corner")
    assert knowledge.generation == "corner/000003"
    assert "30 天" in knowledge.search([Query(text="质量问题", at=TODAY)])[0].snippet.text
    knowledge.close()


def test_a_generation_of_an_older_format_is_built_again_when_it_is_opened(home: Path) -> None:
    place = ShopHome.of(home, "corner")
    file = place.folder(2) / "manifest.json"
    older = json.loads(file.read_text(encoding="utf-8")) | {"format": 1}
    file.write_text(json.dumps(older), encoding="utf-8")
    place.point(Pointer(number=2, manifest=file_hash(file)))
    knowledge = Knowledge.open(home, "corner")
    assert knowledge.generation == "corner/000003"
    knowledge.close()


def test_without_the_truth_the_generation_before_serves(home: Path) -> None:
    damage.VARIANTS["postings: one byte"](ShopHome.of(home, "corner").folder(2))
    ShopHome.of(home, "corner").truth.unlink()
    knowledge = Knowledge.open(home, "corner")
    assert knowledge.generation == "corner/000001"
    knowledge.close()


def test_with_nothing_whole_left_opening_says_what_is_wrong(home: Path) -> None:
    place = ShopHome.of(home, "corner")
    for number in place.numbers():
        damage.VARIANTS["shop gone"](place.folder(number))
    place.truth.unlink()
    with pytest.raises(GenerationDamaged, match=r"shop\.json: is missing"):
        Knowledge.open(home, "corner")


def test_verify_says_what_it_found_and_did(home: Path) -> None:
    damage.VARIANTS["weights cut"](ShopHome.of(home, "corner").folder(2))
    with pytest.raises(GenerationDamaged):
        verify(home, "corner", repair=False)
    verdict = verify(home, "corner")
    assert verify(home, "corner").problem == ""
    assert (verdict.repaired, verdict.generation) == (True, "corner/000003")
    assert "lexical/idf.npy: changed" in verdict.problem
    assert ShopHome.of(home, "corner").numbers() == [1, 3], "a damaged one is nothing to go back to"


def test_rolling_back_serves_the_generation_before_and_the_next_sync_goes_on(home: Path) -> None:
    before = Knowledge.open(home, "corner")
    assert rollback(home, "corner").generation == "corner/000001"
    after = before.refresh()
    assert "15 天" in after.snippets("returns#quality")[0].text
    with pytest.raises(RetrievalError, match="nothing to go back to"):
        rollback(home, "corner")
    assert rebuild(home, "corner").generation == "corner/000003"
    before.close()
    after.close()


def test_a_second_writer_is_told_who_writes(home: Path) -> None:
    said: list[str] = []

    def second() -> None:
        with pytest.raises(KnowledgeBusy) as caught:
            rebuild(home, "corner")
        said.append(str(caught.value))

    with writing(ShopHome.of(home, "corner")):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert "is writing its knowledge; wait for it" in said[0]


def test_a_published_generation_is_never_written_to(home: Path) -> None:
    place = ShopHome.of(home, "corner")
    first, second = Knowledge.open(home, "corner"), Knowledge.open(home, "corner")
    for knowledge in (first, second):
        knowledge.search([Query(text="运费", at=TODAY)])
    live_manifest(place)
    assert len(list((place.path / "open").iterdir())) == 2
    first.close()
    second.close()
    assert not list((place.path / "open").iterdir())


def test_shop_names_do_not_leave_the_home_folder(tmp_path: Path) -> None:
    for name in ("../x", "a/b", "", ".hidden", "x\0", "a\\b", "n" * 101):
        with pytest.raises(UnknownShop):
            Knowledge.open(tmp_path, name)
    with pytest.raises(UnknownShop, match="warmline kb sync"):
        Knowledge.open(tmp_path, "nowhere")


def test_kill_9_in_the_middle_of_a_sync_loses_and_mixes_nothing(tmp_path: Path) -> None:
    tally = kill.run(2, tmp_path, seed=5, longest_s=2.5)
    assert (tally.trials, tally.bad, tally.problems) == (2, 0, [])


def test_status_tells_what_needs_care(tmp_path: Path) -> None:
    files = {
        "policies/returns.md": RETURNS.replace("owner: 售后组\n", "effective_to: 2026-06-30\n"),
        "policies/shipping.md": SHIPPING.replace("owner", "updated: 2026-11-01\n    owner"),
        "policies/staff.md": "---\nid: staff\naudience: internal\nowner: x\n---\n## 权限\n主管批。\n",
        "products.csv": "id,name,category,price,容量\nD101,杯子,杯壶,10,500ml\nD102,新品伞,雨具,20,\n",
    }
    shop, home = write_shop(tmp_path / "corner", files), tmp_path / "home"
    sync(shop, home, law=tmp_path / "none")
    found = status(home, "corner", now=datetime(2026, 11, 20, tzinfo=UTC))
    assert found.expired == ("returns@2026-01-01",)
    assert set(found.review) == {"staff@1"}
    assert found.unowned == ("returns@2026-01-01",)
    assert found.withheld == ("staff@1",)
    later = status(home, "corner", now=datetime(2100, 1, 1, tzinfo=UTC))
    assert later.unknown_products == ("D102",)
    assert found.damage == ""
    (ShopHome.of(home, "corner").path / "current").write_text(json.dumps({}), encoding="utf-8")
    assert "unreadable" in status(home, "corner").damage
