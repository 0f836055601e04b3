"""The models of a plan, opened: one edge per use, one breaker per endpoint, a cache if it is wanted."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from service.edge import Breaker, FairQueue, ModelEdge, PriceTable
from service.edge.caching import CachedModel
from service.endpoints import Endpoint, ModelPlan, Purpose
from service.model import Model

NEVER_RESTS = 1_000_000_000
"""Failures in a row that no run of ours reaches."""


class Models:
    """Opens what is asked for, once, and closes it."""

    def __init__(
        self,
        plan: ModelPlan,
        *,
        key_of: Callable[[Endpoint], str],
        cache: Path | None,
        in_bulk: bool = False,
    ) -> None:
        """`in_bulk`: the caller queues, waits and asks again by itself, so these models do not."""
        self.plan = plan
        self._in_bulk = in_bulk
        self._key_of = key_of
        self._cache = cache
        self._edges: dict[Purpose, ModelEdge] = {}
        self._cached: dict[Purpose, CachedModel] = {}
        self._breakers: dict[tuple[str, str], Breaker] = {}

    def of(self, purpose: Purpose) -> Model:
        """The model to ask for this purpose."""
        if purpose not in self._edges:
            self._edges[purpose] = self._edge(purpose)
        if self._cache is None:
            return self._edges[purpose]
        if purpose not in self._cached:
            from service.adapters.answer_cache import SqliteAnswers

            self._cached[purpose] = CachedModel(self._edges[purpose], SqliteAnswers(self._cache))
        return self._cached[purpose]

    @property
    def counts(self) -> dict[tuple[str, str], int]:
        """What happened so far, by use and event."""
        told: Counter[tuple[str, str]] = Counter()
        for purpose, edge in self._edges.items():
            told.update({(purpose, event): count for event, count in edge.counts.items()})
        for purpose, cached in self._cached.items():
            told.update({(purpose, "cache_hits"): cached.hits, (purpose, "cache_misses"): cached.misses})
        return told

    @property
    def states(self) -> dict[str, str]:
        """Endpoint and model → state of its breaker."""
        return {f"{where} {name}": breaker.state for (where, name), breaker in self._breakers.items()}

    def stop(self, *, within_s: float) -> None:
        """Ends every call under way in so many seconds; lets none begin."""
        for edge in self._edges.values():
            edge.stop(within_s=within_s)

    async def warm(self) -> None:
        """Loads what drafting needs; the first draft would else wait for it."""
        self.of("draft")
        await self._edges["draft"].warm()

    async def aclose(self) -> None:
        """Closes every connection."""
        for edge in self._edges.values():
            await edge.aclose()

    def _edge(self, purpose: Purpose) -> ModelEdge:
        from service.adapters.langchain_model import LangChainModel

        use = self.plan.use(purpose)
        asked = [
            LangChainModel(
                endpoint=each.base_url,
                api_key=self._key_of(each) or "none",
                model=each.model,
                first_token_s=use.first_token_s,
                total_s=use.total_s,
            )
            for each in self.plan.asked_for(purpose)
        ]
        return ModelEdge(
            asked,
            first_token_s=use.first_token_s,
            total_s=use.total_s,
            retries=0 if self._in_bulk else 1,
            queue=None if self._in_bulk else FairQueue(at_once=use.at_once, waiting=use.waiting),
            breaker=self._breaker,
            prices=PriceTable(self.plan.prices),
        )

    def _breaker(self, model: Model) -> Breaker:
        made = Breaker(threshold=NEVER_RESTS) if self._in_bulk else Breaker()
        return self._breakers.setdefault((model.endpoint, model.name), made)
