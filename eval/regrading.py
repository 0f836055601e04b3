"""Regrading: stored drafts scored again with today's checks, without asking the writer."""

from dataclasses import replace
from pathlib import Path

from eval.errors import RunDamaged
from eval.metrics.every import METRICS, make_scorer
from eval.run import Run, last_units, read_run
from eval.runfolder import MANIFEST, RunFolder
from eval.scenario import Scenario
from eval.session import score_unit
from eval.suite import Suite


def regrade(path: Path, out: Path, *, suite: Suite | None = None, chat_max_chars: int = 320) -> Run:
    """A new run folder with the same drafts and new scores.

    With a suite, its scenarios replace the stored ones of the same id: for expectations that were wrong. The
    drafts stay those of the stored conversation. Raises RunDamaged.
    """
    source = RunFolder(path)
    manifest = source.manifest()
    if manifest is None:
        raise RunDamaged(f"{path}: no {MANIFEST} in it; expected the folder of a run")
    if out.exists() and any(out.iterdir()):
        raise RunDamaged(f"{out}: is not empty; name a new folder for the regraded run")
    newer = {one.id: one for one in suite.scenarios} if suite else {}
    scenarios = [_same_ticket(one, newer.get(one.id)) for one in source.scenarios()]
    target = RunFolder(out)
    checks = {metric.id: metric.version for metric in METRICS.values()}
    target.begin({**manifest, "checks": checks, "regraded_from": path.name}, scenarios)
    scorer = make_scorer(chat_max_chars=chat_max_chars)
    by_id = {one.id: one for one in scenarios}
    records = target.open()
    for unit in last_units(source).values():
        if scenario := by_id.get(unit.scenario):
            records.add_unit(replace(unit, hash=scenario.hash))
            records.add_scores(unit, score_unit(unit, scenario, scorer))
    records.close()
    run = read_run(out)
    target.finish(run.summary)
    return run


def _same_ticket(stored: Scenario, newer: Scenario | None) -> Scenario:
    """The newer scenario, if it still asks the same of the writer."""
    if newer is None:
        return stored
    asked = ("now", "channel", "locale", "order_id", "order", "conversation", "trigger", "instruction")
    return newer if all(getattr(stored, name) == getattr(newer, name) for name in asked) else stored
