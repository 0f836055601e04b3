"""The limiter finds out what an endpoint bears; patience asks again where that can help."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from eval.limiting import TRIES, Limiter, patiently
from service.errors import ModelUnavailable


async def rounds(limiter: Limiter, calls: int) -> None:
    for _ in range(calls):
        async with limiter.turn():
            limiter.went_well()


async def test_it_starts_at_eight_and_doubles_per_clean_round_up_to_the_most() -> None:
    limiter = Limiter(most=50)
    assert limiter.limit == 8
    await rounds(limiter, 8)
    assert limiter.limit == 16
    await rounds(limiter, 16 + 32)
    assert limiter.limit == 50


async def test_an_episode_of_429_cuts_once_however_many_calls_it_hits() -> None:
    limiter = Limiter(most=50, limit=20)
    async with limiter.turn() as first, limiter.turn() as second:
        limiter.was_refused(first)
        limiter.was_refused(second)
    assert (limiter.limit, limiter.episodes) == (14, 1)
    async with limiter.turn() as later:
        limiter.was_refused(later)
    assert limiter.limit == pytest.approx(9.8)
    await rounds(limiter, 10)
    assert limiter.limit == pytest.approx(10.8)


async def test_nobody_calls_while_the_endpoint_wants_to_be_left_alone() -> None:
    now, slept = 0.0, []

    async def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    limiter = Limiter(most=8, clock=lambda: now, sleep=sleep)
    async with limiter.turn() as turn:
        limiter.was_refused(turn, retry_after_s=3.0)
    async with limiter.turn():
        assert slept == [3.0]


async def test_never_more_than_the_limit_are_under_way() -> None:
    limiter, running, most = Limiter(most=3), 0, 0

    async def call() -> None:
        nonlocal running, most
        async with limiter.turn():
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(call() for _ in range(20)))
    assert most == 3


async def test_a_cancelled_caller_leaves_its_turn_to_the_next() -> None:
    limiter = Limiter(most=1)
    async with limiter.turn():
        waiting = asyncio.create_task(rounds(limiter, 1))
        await asyncio.sleep(0)
        waiting.cancel()
        next_one = asyncio.create_task(rounds(limiter, 1))
        await asyncio.gather(waiting, return_exceptions=True)
    await asyncio.wait_for(next_one, 5)


def failing(times: int, error: ModelUnavailable) -> Callable[[], Awaitable[str]]:
    made = 0

    async def call() -> str:
        nonlocal made
        made += 1
        if made <= times:
            raise error
        return f"call {made}"

    return call


@pytest.fixture
def quick() -> Limiter:
    async def at_once(seconds: float) -> None:
        return None

    return Limiter(most=8, sleep=at_once)


async def test_an_endpoint_that_comes_back_is_asked_again(quick: Limiter) -> None:
    away = ModelUnavailable("down", kind="server_error")
    assert await patiently(failing(3, away), quick) == ("call 4", 3)


async def test_patience_ends(quick: Limiter) -> None:
    with pytest.raises(ModelUnavailable, match="down"):
        await patiently(failing(TRIES, ModelUnavailable("down")), quick)


@pytest.mark.parametrize(
    "error",
    [ModelUnavailable("no", kind="rejected"), ModelUnavailable("no", retryable=False)],
)
async def test_a_refusal_is_taken_at_its_word(quick: Limiter, error: ModelUnavailable) -> None:
    with pytest.raises(ModelUnavailable, match="no"):
        await patiently(failing(1, error), quick)
