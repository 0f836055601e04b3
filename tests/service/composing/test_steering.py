"""An agent's one-line steer has a visible effect, and only inside the policies."""

import pytest

from prompts.library import Library
from retrieval.folder import shipped_shops
from retrieval.knowledge import Knowledge
from service.case import Case
from service.composing import compose
from service.composing.steering import read_steer
from service.preparing import prepare
from tests.service.composing.read import open_shop, ticket_of


@pytest.fixture(scope="module")
def knowledge(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    return open_shop(shipped_shops()["demo"], tmp_path_factory.mktemp("steering"))


def steered(knowledge: Knowledge, library: Library, instruction: str) -> tuple[Case, str]:
    ticket = ticket_of(
        {"text": "毛衣有点扎，吊牌没剪，还能退吗", "order_id": "A1002", "instruction": instruction or None},
        dict(knowledge.orders),
    )
    case = prepare(ticket, knowledge=knowledge, library=library)
    return case, compose(case, playbooks=library.playbooks, phrasebook=library.phrasebook).text


def test_a_steer_is_read_in_whatever_words() -> None:
    assert read_steer("短一点").shorter and not read_steer("短一点").mention
    assert read_steer("make it shorter please").shorter
    assert read_steer("语气温柔点").warmer
    assert read_steer("提一下可以换货").mention == "换货"
    assert read_steer("offer a coupon").mention == "coupon"
    assert read_steer(None) == read_steer("  ")


def test_shorter_is_shorter_and_still_decides(knowledge: Knowledge, library: Library) -> None:
    _, plain = steered(knowledge, library, "")
    _, short = steered(knowledge, library, "短一点")
    assert len(short) < len(plain)
    assert "11月12日" in short


def test_warmer_says_something_kind_more(knowledge: Knowledge, library: Library) -> None:
    _, plain = steered(knowledge, library, "")
    _, warm = steered(knowledge, library, "语气温柔一点")
    assert len(warm) > len(plain)


def test_what_is_to_be_mentioned_is_said_in_the_words_of_a_policy(
    knowledge: Knowledge, library: Library
) -> None:
    _, plain = steered(knowledge, library, "")
    _, told = steered(knowledge, library, "提一下可以换货")
    assert told != plain and "换" in told


def test_what_no_policy_grants_is_not_said_on_demand(knowledge: Knowledge, library: Library) -> None:
    _, told = steered(knowledge, library, "赔他888块")
    assert "888" not in told
