"""Figures for Prometheus: drafts, stages, tokens, cost, fallbacks, findings, the model edge."""

from collections.abc import Callable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from service.edge import FairQueue
from service.models import Models
from service.observing.watching import Observation

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 45)
_STATES = ("closed", "open", "probing")


class Metrics:
    """An observer that counts, and the page that Prometheus reads."""

    def __init__(self, *, models: Models | None, queue: Callable[[], FairQueue | None]) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_Edge(models, queue))

        def counter(name: str, means: str, *labels: str) -> Counter:
            return Counter(f"warmline_{name}", means, labels, registry=self.registry)

        self._drafts = counter("drafts", "Drafts by how they ended.", "ending", "writer", "status")
        self._fallbacks = counter("fallbacks", "Model drafts not used, by why.", "kind")
        self._repairs = counter("repairs", "Rewrites asked for, by what came of them.", "outcome")
        self._tokens = counter("tokens", "Tokens as endpoints count them.", "direction", "model")
        self._cost = counter("cost", "Cost in the currency of the price table.", "model")
        self._findings = counter("findings", "Findings on finished drafts.", "type", "severity")
        self._stages = Histogram(
            "warmline_stage_seconds",
            "Time a draft took, by stage.",
            ("stage",),
            buckets=_SECONDS,
            registry=self.registry,
        )

    def page(self) -> bytes:
        """Everything in Prometheus's text form."""
        return generate_latest(self.registry)

    def __call__(self, seen: Observation) -> None:
        """Count one draft."""
        draft = seen.draft
        self._drafts.labels(
            seen.ending, draft.writer if draft else "none", draft.status if draft else "none"
        ).inc()
        if draft is None:
            return
        for stage, ms in draft.ms.items():
            self._stages.labels(stage).observe(ms / 1000)
        for finding in draft.findings:
            self._findings.labels(finding.type, finding.severity).inc()
        made = draft.provenance
        if made.fallback_kind:
            self._fallbacks.labels(made.fallback_kind).inc()
        if made.repair_for:
            self._repairs.labels("mended" if made.repaired else "given_up").inc()
        if made.usage:
            model = made.model or "unfinished"
            self._tokens.labels("in", model).inc(made.usage.input_tokens)
            self._tokens.labels("out", model).inc(made.usage.output_tokens)
            self._cost.labels(model).inc(made.usage.cost or 0)


class _Edge(Collector):
    """What the model edge and the queue know of themselves, read when asked for."""

    def __init__(self, models: Models | None, queue: Callable[[], FairQueue | None]) -> None:
        self._models = models
        self._queue = queue

    def collect(self) -> Iterator[Metric]:
        """The families of metrics."""
        if self._models:
            events = CounterMetricFamily(
                "warmline_model_events",
                "Calls, attempts, retries, reroutes, failures by kind, cache hits.",
                labels=("use", "event"),
            )
            for (use, event), count in sorted(self._models.counts.items()):
                events.add_metric((use, event), count)
            yield events
            states = GaugeMetricFamily(
                "warmline_breaker", "1 at the state of an endpoint's breaker.", labels=("endpoint", "state")
            )
            for endpoint, state in self._models.states.items():
                for each in _STATES:
                    states.add_metric((endpoint, each), float(each == state))
            yield states
        queue: Any = self._queue()
        if queue:
            yield GaugeMetricFamily("warmline_drafts_running", "Drafts under way.", value=queue.running)
            yield GaugeMetricFamily("warmline_drafts_waiting", "Drafts that wait.", value=queue.waiting)
            yield CounterMetricFamily("warmline_shed", "Drafts sent away, the queue being full.", queue.shed)
