"""Drafting one unit: the writer is asked, patiently, and whatever happens becomes a record."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eval.limiting import TRIES, Limiter, patiently
from eval.scenario import Scenario
from eval.seams import Shelf, Writer
from eval.unit import Unit, UnitStatus, stored
from service.draft import Draft
from service.edge.caching import Occasion, occasion
from service.errors import ModelError, ModelUnavailable, ServiceError
from service.wire import draft_json

logger = logging.getLogger(__name__)

OUTAGES = frozenset(
    {
        "unreachable",
        "timeout",
        "rate_limited",
        "server_error",
        "rejected",
        "overloaded",
        "circuit_open",
        "no_model",
        "stopping",
    }
)
"""Why a draft is the composer's although a model was asked: these say nothing about the model."""
_REFUSALS = frozenset({"refused", "filtered"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is still to do for one unit."""

    scenario: Scenario
    repeat: int
    unit: Unit | None = None
    """Answered already: only scores are lacking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafter:
    """Turns jobs into units."""

    writer: Writer
    shelf: Shelf
    limiter: Limiter
    arm: str = "A"
    fallback_fails: bool = False
    """A draft that the composer wrote because no model could be reached is no answer."""
    tries: int = TRIES

    async def unit(self, job: Job) -> Unit:
        """The unit of a job, with its status."""
        scenario, now = job.scenario, Occasion(repeat=job.repeat)
        ticket = scenario.ticket(shop=self.shelf.shop.id, orders=self.shelf.orders)
        token = occasion.set(now)
        begun, retries, output, error = time.perf_counter(), 0, None, ""
        status: UnitStatus = "ok"

        async def ask() -> Draft:
            nonlocal begun
            begun, now.asked, now.hits = time.perf_counter(), 0, 0
            return self._whole(await self.writer.draft(ticket))

        try:
            draft, retries = await patiently(ask, self.limiter, tries=self.tries)
            output, status = draft_json(draft), _status(draft)
        except ModelUnavailable as problem:
            status, error = "infra_error", str(problem)
        except ServiceError as problem:
            refused = isinstance(problem, ModelError) and problem.kind in _REFUSALS
            status, error = ("refused" if refused else "gen_error"), str(problem)
        except Exception as problem:
            logger.exception("%s: the writer broke", scenario.id)
            status, error = "gen_error", f"{type(problem).__name__}: {problem}"
        finally:
            occasion.reset(token)
        usage: Mapping[str, Any] = ((output or {}).get("provenance") or {}).get("usage") or {}
        return Unit(
            scenario=scenario.id,
            repeat=job.repeat,
            hash=scenario.hash,
            arm=self.arm,
            status=status,
            written=stored(output),
            error=error,
            ms=round(1000 * (time.perf_counter() - begun), 2),
            input_tokens=usage.get("input_tokens", 0),
            output_tokens=usage.get("output_tokens", 0),
            cost=usage.get("cost"),
            retries=retries,
            cache_hit=0 < now.asked == now.hits,
        )

    def _whole(self, draft: Draft) -> Draft:
        """The draft, unless it stands in for a model that could not be reached."""
        kind = draft.provenance.fallback_kind
        if self.fallback_fails and kind in OUTAGES:
            raise ModelUnavailable(draft.provenance.fallback or kind, kind=kind)
        return draft


def _status(draft: Draft) -> UnitStatus:
    if draft.provenance.fallback_kind in _REFUSALS:
        return "refused"
    cut = draft.status == "partial" or draft.provenance.fallback_kind == "length"
    return "truncated" if cut else "ok"
