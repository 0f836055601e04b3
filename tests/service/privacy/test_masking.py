"""Personal data is found, hidden and restored exactly."""

import time
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from prompts.rulepack import RulePacks
from service.privacy import Kind, Masker, personal
from tests.service.checks.corpus import library
from tests.service.privacy.messages import messages

GENERATED = 2_000
HIDE_PHONES: tuple[Kind, ...] = ("PHONE",)


def packs() -> RulePacks:
    return library().rulepacks


def measure(count: int, seed: int) -> tuple[Counter[str], Counter[str], Counter[str], list[str]]:
    """Wanted, found and false pieces by kind, and what went wrong."""
    wanted, found, false = Counter[str](), Counter[str](), Counter[str]()
    notes: list[str] = []
    for message in messages(count, seed):
        got = [
            (one.kind, message.text[slice(*one.span)])
            for one in personal(message.text, packs().words, packs().folding)
        ]
        for kind, value in message.pieces:
            wanted[kind] += 1
            hit = (kind, value) in got
            found[kind] += hit
            if not hit:
                notes.append(f"missed {kind} {value!r} in {message.text!r}: {got}")
        for kind, value in got:
            if (kind, value) not in message.pieces:
                false[kind] += 1
                notes.append(f"false {kind} {value!r} in {message.text!r}")
    return wanted, found, false, notes


def test_two_thousand_generated_messages_are_read_with_recall_and_precision() -> None:
    wanted, found, false, notes = measure(GENERATED, seed=7)
    recall = found.total() / wanted.total()
    precision = found.total() / (found.total() + false.total())
    assert recall >= 0.98, notes[:10]
    assert precision >= 0.95, notes[:10]
    for kind in ("PHONE", "ID", "EMAIL", "TRACKING"):
        assert f1(wanted, found, false, kind) >= 0.99, [note for note in notes if kind in note][:5]
    for kind in ("CARD", "ORDER"):
        assert f1(wanted, found, false, kind) >= 0.98, [note for note in notes if kind in note][:5]
    assert f1(wanted, found, false, "ADDRESS") >= 0.85
    assert found["NAME"] / wanted["NAME"] >= 0.80


def f1(wanted: Counter[str], found: Counter[str], false: Counter[str], kind: str) -> float:
    return 2 * found[kind] / (wanted[kind] + found[kind] + false[kind])


def test_restoring_gives_back_every_generated_message_exactly() -> None:
    for message in messages(500, seed=11):
        masker = Masker(packs())
        hidden = masker.mask(message.text)
        assert masker.restore(hidden) == message.text
        assert masker.mask(hidden) == hidden
        assert not any(value in hidden for kind, value in message.pieces if kind in {"PHONE", "ID", "EMAIL"})


PIECES = st.sampled_from(
    [
        "⟨PHONE_1⟩",
        "13812345678",
        "１３８００１３８０００",
        "a@b.com",
        "张伟",
        "收件人",
        " ",
        "\u200b",
        "⟨",
        "⟩",
        "PHONE_1",
        "订单号A1003",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.text(max_size=12), max_size=12).map("".join))
def test_any_text_at_all_comes_back_as_it_was(text: str) -> None:
    masker = Masker(packs())
    hidden = masker.mask(text)
    assert masker.restore(hidden) == text
    assert masker.mask(hidden) == hidden


def test_the_same_value_is_always_the_same_placeholder() -> None:
    masker = Masker(packs())
    first = masker.mask("手机13812345678")
    assert masker.mask("还是13812345678") == "还是⟨PHONE_1⟩"
    assert masker.restore(f"{first}，好的") == "手机13812345678，好的"


def test_a_placeholder_the_ticket_never_issued_is_a_stranger() -> None:
    masker = Masker(packs())
    masker.mask("手机13812345678")
    assert masker.strangers("打⟨PHONE_1⟩或⟨PHONE_2⟩") == ("⟨PHONE_2⟩",)


def test_a_shop_may_let_order_and_tracking_numbers_through() -> None:
    masker = Masker(packs(), hide=HIDE_PHONES)
    assert masker.mask("订单号A100345，电话13812345678") == "订单号A100345，电话⟨PHONE_1⟩"


def test_an_identity_number_with_a_wrong_check_digit_is_none() -> None:
    kinds = {one.kind for one in personal("编号110105194912310021", packs().words, packs().folding)}
    assert "ID" not in kinds


def test_ten_kilobytes_made_to_hurt_take_no_time() -> None:
    for text in ("1" * 10_000, "省市区路号" * 2_000, "a@" * 5_000, "收件人" * 3_400, "138-" * 2_500):
        start = time.process_time()
        Masker(packs()).mask(text)
        assert time.process_time() - start < 0.5
