"""How long a model may take: until the shop's next limit is near, whatever the wall clock says."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from retrieval.shop import ServiceLevels
from service.case import Case
from service.edge.deadline import within
from service.errors import ModelUnavailable
from service.replyclock import READ_S, reply_left_s
from service.ticket import Turn
from tests.rendered.cases import case

NOW = datetime(2026, 11, 12, 12, 0, tzinfo=UTC)


def waited(seconds: float | None) -> Case:
    """A case whose customer wrote so many seconds ago; the shop's limits are 100 and 180 seconds."""
    at = None if seconds is None else NOW - timedelta(seconds=seconds)
    made = case(["能退吗"])
    ticket = made.ticket.model_copy(
        update={"now": NOW, "conversation": (Turn(role="customer", text="能退吗", at=at),)}
    )
    shop = replace(made.shop, service_levels=ServiceLevels(first_reply_s=100, reply_limit_s=180))
    return replace(made, ticket=ticket, shop=shop)


@pytest.mark.parametrize(
    ("seconds", "left"),
    [(0, 100 - READ_S), (60, 40 - READ_S), (95, 85 - READ_S), (175, None), (9_000, None), (None, None)],
)
def test_a_model_has_until_the_next_limit_is_near(seconds: float | None, left: float | None) -> None:
    assert reply_left_s(waited(seconds)) == left


def test_a_message_from_the_future_leaves_the_whole_time() -> None:
    assert reply_left_s(waited(-3_600)) == 100 - READ_S


async def slow(pause_s: float) -> AsyncGenerator[str, None]:
    while True:
        await asyncio.sleep(pause_s)
        yield "好"


async def test_a_stream_ends_when_its_time_is_over_however_lively_it_is() -> None:
    came: list[str] = []
    with pytest.raises(ModelUnavailable) as caught:
        async for piece in within(slow(0.005), limit_s=0.05):
            came.append(piece)  # noqa: PERF401
    assert caught.value.kind == "late" and caught.value.partial and came


async def test_a_stream_that_waits_for_ever_ends_too_and_is_closed() -> None:
    waiting = slow(3_600)
    with pytest.raises(ModelUnavailable) as caught:
        async for _ in within(waiting, limit_s=0.02):
            pass
    assert not caught.value.partial
    with pytest.raises(StopAsyncIteration):
        await anext(waiting)


@pytest.mark.parametrize("jump_h", [-1, 1])
async def test_a_wall_clock_set_an_hour_off_moves_no_deadline(
    monkeypatch: pytest.MonkeyPatch, jump_h: int
) -> None:
    import time

    true_time = time.time
    loop = asyncio.get_running_loop()
    began = loop.time()
    monkeypatch.setattr(time, "time", lambda: true_time() + jump_h * 3_600)
    with pytest.raises(ModelUnavailable):
        async for _ in within(slow(3_600), limit_s=0.05):
            pass
    assert 0.04 < loop.time() - began < 30
