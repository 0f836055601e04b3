"""How the server answers one call: which words, how fast, and with which fault."""

from dataclasses import dataclass, fields, replace
from urllib.parse import parse_qsl

FAULTS = frozenset(
    {
        "rate_limited",  # 429; `retry_after` adds the header
        "quota",  # 429 that waiting does not cure
        "server_error",  # 500
        "overloaded",  # 503; `retry_after` adds the header
        "unauthorised",  # 401
        "unknown_model",  # 404
        "bad_request",  # 400
        "reset_before",  # the connection is reset before any byte
        "reset_mid",  # … after `after` pieces
        "hang",  # nothing at all
        "hang_mid",  # nothing more after `after` pieces
        "drip",  # one byte of the stream at a time, `between_s` apart
        "malformed_sse",  # a data line that is no JSON
        "malformed_json",  # a whole answer cut in the middle of its JSON, called a stream
        "wrong_schema",  # valid JSON of another shape
        "error_event",  # an error object inside the stream
        "length",  # finish_reason length
        "no_finish",  # a clean end, [DONE] and all, without finish_reason
        "no_done",  # finish_reason and then a clean end without [DONE]
        "html",  # a web page with status 200
        "json",  # a whole JSON answer where a stream was asked for
        "huge",  # one event of many megabytes
        "endless",  # words without end
        "filtered",  # finish_reason content_filter
        "refusal",  # words in `delta.refusal`, none in `content`
        "empty",  # stop without a word
        "redirect",  # 302 to elsewhere
        "mixed",  # each strike the next of MIXED
    }
)
MIXED = (
    "server_error",
    "reset_mid",
    "rate_limited",
    "no_finish",
    "reset_before",
    "malformed_sse",
    "length",
    "hang",
    "html",
    "empty",
    "hang_mid",
    "huge",
    "error_event",
    "filtered",
)
"""What `mixed` goes through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """One way to answer. As a model name: `polite?fault=reset_mid&after=3&first_token_s=0.2`."""

    writer: str = "polite"
    """`polite`, `echo`, `fixed`, `embed`, or one of the obedient attackers."""
    fault: str = ""
    every: int = 1
    """The fault strikes each n-th call of this model name: 5 is 20 %."""
    times: int = 0
    """… and only in the first so many calls; 0: always."""
    after: int = 3
    """Pieces sent before a fault in mid-stream."""
    first_token_s: float = 0.0
    between_s: float = 0.0
    piece_chars: int = 4
    retry_after: str = ""
    usage: bool = True
    text: str = ""
    """The answer, instead of the writer's."""

    def strikes(self, call: int) -> bool:
        """Whether the fault strikes in this call of the model name, counted from 1."""
        return bool(self.fault) and call % self.every == 0 and (not self.times or call <= self.times)


def read_behaviour(model: str, *, otherwise: Behaviour | None = None) -> Behaviour:
    """The behaviour a model name asks for.

    Raises ValueError naming a setting or fault there is none of.
    """
    writer, _, query = model.partition("?")
    start = otherwise if otherwise and not query else Behaviour(writer=writer or "polite")
    kinds = {each.name: each.type for each in fields(Behaviour)}
    chosen: dict[str, object] = {}
    for name, value in parse_qsl(query, strict_parsing=True) if query else []:
        if name not in kinds:
            raise ValueError(f"model server: no setting {name!r}; known: {', '.join(kinds)}")
        kind = {int: int, float: float, bool: lambda text: text == "1", str: str}[kinds[name]]  # type: ignore[index]
        chosen[name] = kind(value)  # type: ignore[operator]
    behaviour = replace(start, **chosen)  # type: ignore[arg-type]
    if behaviour.fault and behaviour.fault not in FAULTS:
        raise ValueError(f"model server: no fault {behaviour.fault!r}; known: {', '.join(sorted(FAULTS))}")
    return behaviour
