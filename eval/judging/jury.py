"""The jury of a run: every draft under every criterion, after the canaries."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from eval.judging.canaries import Canary, run_canaries
from eval.judging.criterion import Criterion
from eval.judging.judge import PARSER_VERSION, Exhibit, Judge
from eval.metrics.score import Score
from eval.runfolder import write_whole
from eval.scenario import Scenario
from eval.seams import Shelf
from eval.suite import Suite
from eval.unit import Unit
from service.showing import order_line

JUDGE_FILE = "judge.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeJury:
    """An `eval.seams.Jury` of one judge and several criteria."""

    judge: Judge
    criteria: Mapping[str, Criterion]
    shelf: Shelf

    @property
    def metrics(self) -> tuple[str, ...]:
        """`judge.resolves` and so on."""
        return tuple(f"judge.{name}" for name in self.criteria)

    @property
    def fingerprints(self) -> dict[str, str]:
        """Metric → what its certificate is keyed by."""
        return {f"judge.{name}": self.judge.fingerprint(each) for name, each in self.criteria.items()}

    @property
    def manifest(self) -> dict[str, Any]:
        """What the verdicts depend on."""
        return {
            "model": self.judge.model.name,
            "endpoint": self.judge.model.endpoint,
            "parameters": dict(self.judge.parameters),
            "parser": PARSER_VERSION,
            "fingerprints": self.fingerprints,
        }

    async def scores(self, unit: Unit, scenario: Scenario) -> tuple[Score, ...]:
        """One score per criterion; without a draft every one is missing."""
        exhibit = exhibit_of(unit, scenario, self.shelf)
        if exhibit is None:
            return tuple(
                Score(metric=metric, status="missing", reason=unit.status) for metric in self.metrics
            )
        asked = (
            self.judge.score(exhibit, name, criterion, repeat=unit.repeat)
            for name, criterion in self.criteria.items()
        )
        return tuple(await asyncio.gather(*asked))

    async def canaries(self, suite: Suite) -> dict[str, list[Canary]]:
        """Metric → every attack of the suite, and what the judge made of it."""
        return {
            f"judge.{name}": await run_canaries(self.judge, suite, name=name, criterion=criterion)
            for name, criterion in self.criteria.items()
        }


def exhibit_of(unit: Unit, scenario: Scenario, shelf: Shelf) -> Exhibit | None:
    """The draft with what its writer was given; None if there is no draft."""
    output = unit.output
    if output is None or not output.get("text"):
        return None
    keys = (output.get("provenance") or {}).get("snippets", ())
    order = scenario.order or shelf.orders.get(scenario.order_id or "")
    return Exhibit(
        scenario=scenario,
        reply=str(output["text"]),
        language="en" if (output.get("analysis") or {}).get("language") == "en" else "zh",
        order_line=order_line(order),
        sources=[_source(number, key, shelf) for number, key in enumerate(keys, start=1)],
    )


def write_standing(path: Path, jury: JudgeJury, canaries: Mapping[str, list[Canary]]) -> None:
    """Puts down beside a run which judge it had, and which canaries got through."""
    record = {
        **jury.manifest,
        "canaries": {
            metric: {
                "tried": len(found),
                "passed": [{"scenario": one.scenario, "reply": one.reply} for one in found if one.passed],
                "unjudged": sum(one.score.value is None and one.score.status != "n/a" for one in found),
            }
            for metric, found in canaries.items()
        },
    }
    write_whole(path / JUDGE_FILE, [json.dumps(record, ensure_ascii=False, indent=1).encode()])


def _source(number: int, key: str, shelf: Shelf) -> dict[str, Any]:
    id, _, version = key.rpartition("@")
    found = next((one for one in shelf.snippets(id) if one.version == version), None)
    shown = asdict(found) if found else {"heading": key, "text": ""}
    return {"number": number, "heading": shown["heading"] or id, "text": shown["text"]}
