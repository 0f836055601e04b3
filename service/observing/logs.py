"""Logs as JSON lines, one per draft and per mishap, with personal data masked whoever wrote them."""

import logging
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, TextIO

from service.observing.watching import Observation

log = logging.getLogger(__name__)

_QUIET = ("httpx", "httpx2", "httpcore", "httpcore2", "openai", "chromadb", "gradio", "asyncio")
"""Libraries that tell of every request; their warnings are still heard."""


def log_draft(seen: Observation) -> None:
    """One line about a draft: numbers and names of ours, no word of the customer's or the reply's."""
    log.info("draft", extra=fields_of(seen))


def fields_of(seen: Observation) -> dict[str, Any]:
    """What is said about a draft."""
    told: dict[str, Any] = {
        "ending": seen.ending,
        "shop": seen.shop if seen.draft else "",
        "took_ms": round((seen.ended_ns - seen.began_ns) / 1e6, 1),
    }
    if seen.problem:
        told["problem"] = seen.problem
    if seen.draft is None:
        return told
    draft, made = seen.draft, seen.draft.provenance
    return told | {
        "draft": draft.id,
        "writer": draft.writer,
        "status": draft.status,
        "intents": list(draft.analysis.intents),
        "language": draft.analysis.language,
        "escalate": draft.analysis.escalation.needed,
        "findings": sorted(each.type for each in draft.findings),
        "model": made.model,
        "template": made.template,
        "fallback": made.fallback_kind,
        "repair_for": list(made.repair_for),
        "tokens_in": made.usage.input_tokens if made.usage else 0,
        "tokens_out": made.usage.output_tokens if made.usage else 0,
        "cost": made.usage.cost if made.usage else None,
        "ms": {stage: round(ms, 1) for stage, ms in draft.ms.items()},
    }


def log_as_json(mask: Callable[[str], str], *, stream: TextIO | None = None) -> None:
    """From now on every log line is one JSON object on standard error, masked by `mask`."""
    import structlog

    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.format_exc_info,
        _masking(mask),
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _masking(mask: Callable[[str], str]) -> Callable[..., MutableMapping[str, Any]]:
    def masked(value: Any) -> Any:
        if isinstance(value, str):
            return mask(value)
        if isinstance(value, Mapping):
            return {name: masked(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [masked(each) for each in value]
        return value

    def processor(_: Any, __: str, told: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        # Names that start with an underscore are structlog's own.
        return {name: each if name in _OURS else masked(each) for name, each in told.items()}

    return processor


_OURS = frozenset({"_record", "_from_structlog", "timestamp", "level", "logger", "draft", "ms"})
"""Fields that hold nothing a person wrote."""
