"""The pytest plugin: `pytest --warmline-suite golden` turns every scenario into a test.

A test fails when its draft would be sent back by a reviewer. The `warmline_verdict` fixture gives a team's
own gate the verdict on two run folders.
"""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from eval.gate import Verdict
    from eval.metrics.every import Scorer
    from eval.scenario import Scenario
    from eval.seams import Shelf, Writer


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the plugin."""
    group = parser.getgroup("warmline")
    group.addoption("--warmline-suite", action="append", default=[], help="scenario suite to run as tests")
    group.addoption("--warmline-shop", default=None, help="shop id; default: the demo shop")
    group.addoption("--warmline-split", action="append", default=[], help="only these splits")


class NotGood(AssertionError):
    """A draft that a reviewer would send back."""


class ScenarioFile(pytest.Collector):
    """All scenarios of the asked suites."""

    def collect(self) -> Iterator["ScenarioItem"]:
        """One item per scenario that takes part today."""
        from datetime import date

        from eval.suite import read_suite

        suite = read_suite(*self.config.getoption("--warmline-suite"))
        for scenario in suite.only(splits=self.config.getoption("--warmline-split")).scenarios:
            if scenario.runs_on(date.today()):
                yield ScenarioItem.from_parent(
                    self, name=scenario.id, scenario=scenario, place=suite.places[scenario.id]
                )


class ScenarioItem(pytest.Item):
    """One scenario, drafted and scored."""

    def __init__(self, *, scenario: "Scenario", place: str, **given: object) -> None:
        super().__init__(**given)  # type: ignore[arg-type]
        self.scenario, self.place = scenario, place

    def runtest(self) -> None:
        """Drafts, scores, and fails with every reason."""
        from eval.sample import sample_of

        writer, shelf, scorer = _parts(self.config)
        ticket = self.scenario.ticket(shop=shelf.shop.id, orders=shelf.orders)
        draft = asyncio.run(writer.draft(ticket))
        scores = scorer.score(self.scenario, sample_of(draft))
        if scores[0].value != 1:
            failed = [
                f"  {one.metric}: {one.reason}"
                for one in scores[1:]
                if one.value is not None and one.value < 1
            ]
            raise NotGood("\n".join([f"{self.place}: {scores[0].reason}", *failed, "", draft.text]))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None) -> str:  # noqa: ARG002
        """Reasons and draft, without a traceback, when the draft is the problem."""
        if isinstance(excinfo.value, NotGood):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the scenario stands."""
        return Path(self.place.rpartition(":")[0]), 0, self.name


def pytest_collection(session: pytest.Session) -> None:
    """Nothing is loaded unless a suite is asked for."""
    if session.config.getoption("--warmline-suite"):
        session.config.stash[_WANTED] = True


def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """With a suite, its scenarios are the tests."""
    if config.stash.get(_WANTED, False):
        collector = ScenarioFile.from_parent(session, name="warmline", nodeid="warmline")
        items[:] = list(collector.collect())


@pytest.fixture
def warmline_verdict() -> "Callable[[Path, Path], Verdict]":
    """`warmline_verdict(candidate, base)`: the gate's verdict on two run folders."""
    from eval.gate import gate
    from eval.run import read_run

    return lambda candidate, base: gate(read_run(base), read_run(candidate))


_WANTED = pytest.StashKey[bool]()
_PARTS = pytest.StashKey[tuple["Writer", "Shelf", "Scorer"]]()


def _parts(config: pytest.Config) -> tuple["Writer", "Shelf", "Scorer"]:
    """Writer, shop and scorer, made once a session; a conftest may set `config.warmline_parts` instead."""
    known = config.stash.get(_PARTS, None)
    if known is None:
        from eval.metrics.every import make_scorer

        given = getattr(config, "warmline_parts", None)
        writer, shelf = given() if given else _assembled(config)
        scorer = make_scorer(chat_max_chars=shelf.shop.service_levels.chat_max_chars)
        known = config.stash[_PARTS] = (writer, shelf, scorer)
    return known


def _assembled(config: pytest.Config) -> tuple["Writer", "Shelf"]:
    from service.assembly import Warmline
    from service.settings import read_settings

    program = Warmline(read_settings())
    return program, program.knowledge(config.getoption("--warmline-shop"))
