"""The queue in front of the model: bounded, fair, and quick to say no."""

import asyncio

import pytest

from service.edge import FairQueue
from service.errors import ModelUnavailable


async def hold(queue: FairQueue, agent: str, served: list[str], release: asyncio.Event) -> None:
    async with queue.turn(agent, wait_s=5):
        served.append(agent)
        await release.wait()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_no_more_than_so_many_run_at_once() -> None:
    queue = FairQueue(at_once=2, waiting=10)
    served: list[str] = []
    release = asyncio.Event()
    tasks = [asyncio.create_task(hold(queue, "a", served, release)) for _ in range(5)]
    await settle()
    assert (queue.running, queue.waiting, len(served)) == (2, 3, 2)
    release.set()
    await asyncio.gather(*tasks)
    assert (queue.running, queue.waiting, len(served)) == (0, 0, 5)


async def test_an_agent_with_one_draft_does_not_wait_behind_another_agents_twenty() -> None:
    queue = FairQueue(at_once=1, waiting=50)
    served: list[str] = []

    async def once(agent: str) -> None:
        async with queue.turn(agent, wait_s=5):
            served.append(agent)
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(once("busy")) for _ in range(20)]
    await settle()
    tasks.append(asyncio.create_task(once("quiet")))
    await asyncio.gather(*tasks)
    assert len(served) == 21


async def test_turns_go_to_the_agent_with_the_fewest_running() -> None:
    queue = FairQueue(at_once=2, waiting=50)
    served: list[str] = []
    gates = [asyncio.Event() for _ in range(4)]

    async def once(agent: str, gate: asyncio.Event) -> None:
        async with queue.turn(agent, wait_s=5):
            served.append(agent)
            await gate.wait()

    tasks = [
        asyncio.create_task(once(agent, gate))
        for agent, gate in zip(["busy", "busy", "busy", "quiet"], gates, strict=True)
    ]
    await settle()
    gates[0].set()
    await settle()
    assert served == ["busy", "busy", "quiet"]
    for gate in gates:
        gate.set()
    await asyncio.gather(*tasks)


async def test_a_full_queue_says_so_at_once_with_a_time_to_come_back() -> None:
    queue = FairQueue(at_once=1, waiting=1)
    release = asyncio.Event()
    tasks = [asyncio.create_task(hold(queue, "a", [], release)) for _ in range(2)]
    await settle()
    with pytest.raises(ModelUnavailable, match="try again in") as caught:
        async with queue.turn("a", wait_s=5):
            pass
    assert caught.value.kind == "overloaded" and caught.value.retry_after_s
    release.set()
    await asyncio.gather(*tasks)


async def test_in_a_full_queue_the_agent_who_has_most_waiting_makes_room() -> None:
    queue = FairQueue(at_once=1, waiting=3)
    served: list[str] = []
    release = asyncio.Event()
    busy = [asyncio.create_task(hold(queue, "busy", served, release)) for _ in range(4)]
    await settle()
    quiet = asyncio.create_task(hold(queue, "quiet", served, release))
    await settle()
    assert queue.waiting == 3
    release.set()
    outcomes = await asyncio.gather(*busy, quiet, return_exceptions=True)
    assert sum(isinstance(each, ModelUnavailable) for each in outcomes) == 1
    assert "quiet" in served and outcomes[-1] is None


async def test_who_waits_too_long_is_sent_away_and_leaves_no_trace() -> None:
    queue = FairQueue(at_once=1, waiting=5)
    release = asyncio.Event()
    holder = asyncio.create_task(hold(queue, "a", [], release))
    await settle()
    with pytest.raises(ModelUnavailable):
        async with queue.turn("b", wait_s=0.02):
            pass
    assert queue.waiting == 0
    release.set()
    await holder
    assert queue.running == 0


async def test_a_waiter_who_is_cancelled_leaves_no_trace() -> None:
    queue = FairQueue(at_once=1, waiting=5)
    release = asyncio.Event()
    tasks = [asyncio.create_task(hold(queue, "a", [], release)) for _ in range(3)]
    await settle()
    tasks[1].cancel()
    await settle()
    assert queue.waiting == 1
    release.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (queue.running, queue.waiting) == (0, 0)


async def test_draining_lets_calls_under_way_finish_and_nobody_else_in() -> None:
    queue = FairQueue(at_once=1, waiting=5)
    served: list[str] = []
    release = asyncio.Event()
    tasks = [asyncio.create_task(hold(queue, "a", served, release)) for _ in range(2)]
    await settle()
    draining = asyncio.create_task(queue.drain())
    await settle()
    assert not draining.done()
    with pytest.raises(ModelUnavailable, match="stopping"):
        async with queue.turn("b", wait_s=1):
            pass
    release.set()
    await draining
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert served == ["a"] and isinstance(outcomes[1], ModelUnavailable)
