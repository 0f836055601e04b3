"""The circuit breaker and the retry budget, by their laws."""

from hypothesis import given
from hypothesis import strategies as st

from service.edge import Breaker, RetryBudget, backoff_s
from tests.service.edge.fakes import Clock


def opened(clock: Clock, **how: float) -> Breaker:
    breaker = Breaker(threshold=3, clock=clock, **how)  # type: ignore[arg-type]
    for _ in range(3):
        assert breaker.admit()
        breaker.failed()
    return breaker


def test_it_opens_after_so_many_failures_in_a_row_and_only_then() -> None:
    breaker = Breaker(threshold=3, clock=Clock())
    for outcome in (breaker.failed, breaker.failed, breaker.succeeded, breaker.failed, breaker.failed):
        assert breaker.admit()
        outcome()
    assert breaker.admit()
    breaker.failed()
    assert breaker.state == "open"
    assert not breaker.admit()


def test_after_its_rest_one_call_probes_and_the_others_wait() -> None:
    clock = Clock()
    breaker = opened(clock, rest_s=30)
    clock.now += 30
    assert [breaker.admit() for _ in range(5)] == [True, False, False, False, False]
    breaker.succeeded()
    assert breaker.state == "closed" and breaker.admit()


def test_a_failed_probe_doubles_the_rest_up_to_a_limit() -> None:
    clock = Clock()
    breaker = opened(clock, rest_s=30, longest_rest_s=100)
    rests = []
    for _ in range(4):
        rests.append(breaker.wait_s())
        clock.now += breaker.wait_s()
        assert breaker.admit()
        breaker.failed()
    assert rests == [30, 60, 100, 100]


def test_a_probe_that_is_given_up_lets_the_next_call_probe() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 30
    assert breaker.admit()
    breaker.abandoned()
    assert breaker.admit()


def test_an_endpoint_that_asks_to_be_left_alone_is() -> None:
    clock = Clock()
    breaker = Breaker(clock=clock)
    assert breaker.admit()
    breaker.failed(retry_after_s=7)
    assert not breaker.admit() and breaker.wait_s() == 7
    clock.now += 7
    assert breaker.admit()


@given(st.lists(st.sampled_from(["ok", "bad", "wait"]), max_size=200))
def test_calls_to_a_broken_endpoint_are_at_most_threshold_and_probes(steps: list[str]) -> None:
    clock = Clock()
    breaker = Breaker(threshold=3, rest_s=10, longest_rest_s=10, clock=clock)
    began, calls = clock.now, 0
    for step in steps:
        clock.now += 5 if step == "wait" else 0
        if breaker.admit():
            calls += 1
            breaker.failed()
    assert calls <= 3 + (clock.now - began) / 10 + 1


@given(st.integers(0, 3_000))
def test_retries_stay_within_their_share_of_the_calls(calls: int) -> None:
    budget = RetryBudget(share=0.1, reserve=3)
    taken = 0
    for _ in range(calls):
        budget.earn()
        taken += budget.take()
    assert taken <= 0.1 * calls + 3


@given(st.integers(0, 20), st.floats(0, 0.999), st.none() | st.floats(0, 100))
def test_a_wait_is_jittered_bounded_and_at_least_what_was_asked(
    attempt: int, chance: float, asked: float | None
) -> None:
    wait = backoff_s(attempt, chance=chance, retry_after_s=asked)
    assert (asked or 0) <= wait <= (asked or 0) + 4
