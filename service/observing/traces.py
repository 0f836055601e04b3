"""OpenTelemetry spans: one per draft, one per part of it; sent to a collector only if one is configured."""

from typing import Any

from service.observing.logs import fields_of
from service.observing.watching import Observation

_PARTS = (
    ("understand and retrieve", None, "EvidenceReady"),
    ("instant draft", "EvidenceReady", "InstantReady"),
    ("model", "InstantReady", "FindingsReady"),
    ("store", "FindingsReady", "Done"),
)
"""Name, and the events between which it lies; None: the beginning."""


class Traces:
    """An observer that writes spans from what was observed, after the fact: no draft waits for it."""

    def __init__(self, endpoint: str, *, version: str) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        resource = Resource.create({"service.name": "warmline", "service.version": version})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        path = "" if endpoint.rstrip("/").endswith("/v1/traces") else "/v1/traces"
        exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + path, timeout=5)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer: Any = self._provider.get_tracer("warmline")

    def __call__(self, seen: Observation) -> None:
        """One draft's spans."""
        from opentelemetry.trace import Status, StatusCode, set_span_in_context

        root = self._tracer.start_span("draft", start_time=seen.began_ns, attributes=_attributes(seen))
        if seen.problem:
            root.set_status(Status(StatusCode.ERROR, seen.problem))
        inside = set_span_in_context(root)
        for name, after, until in _PARTS:
            start = seen.began_ns if after is None else seen.came_ns.get(after)
            end = seen.came_ns.get(until)
            if start and end:
                self._tracer.start_span(name, context=inside, start_time=start).end(end_time=end)
        if first := seen.came_ns.get("Token"):
            root.add_event("first token", timestamp=first)
        root.end(end_time=seen.ended_ns)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def _attributes(seen: Observation) -> dict[str, Any]:
    """The log's fields in the shapes OpenTelemetry takes."""
    told: dict[str, Any] = {}
    for name, value in fields_of(seen).items():
        if isinstance(value, dict):
            told |= {f"warmline.{name}.{part}": each for part, each in value.items()}
        elif value not in (None, []):
            told[f"warmline.{name}"] = value
    return told
