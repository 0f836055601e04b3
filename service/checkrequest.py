"""A request to check a text: the machine shape of `warmline check --batch` and `/v1/checks`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from retrieval.snippet import Snippet, SnippetKind
from service.errors import BadTicket
from service.ticket import MAX_TEXT_CHARS, Ticket, first_problem, read_ticket


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GivenSnippet(_Record):
    """A source handed in with the text."""

    id: str = Field(min_length=1)
    text: str
    kind: SnippetKind = "policy"
    heading: str = ""
    version: str = "1"
    effective_from: date | None = None
    effective_to: date | None = None


class CheckBody(_Record):
    """What is to be checked, against what."""

    id: str | int | None = None
    ticket: dict[str, Any]
    """A Ticket."""
    snippets: tuple[GivenSnippet, ...] | None = None
    """When given, the only sources."""
    text: str = Field(min_length=1, max_length=MAX_TEXT_CHARS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """A check body with its ticket and snippets read."""

    id: str | int | None
    ticket: Ticket
    snippets: list[Snippet] | None
    text: str


def read_check_request(data: Mapping[str, Any], *, where: str = "check") -> CheckRequest:
    """A check request from a mapping. Raises BadTicket naming the field."""
    try:
        body = CheckBody.model_validate(data)
    except ValidationError as error:
        raise BadTicket(f"{where}: {first_problem(error)}") from error
    return check_request(body, where=where)


def check_request(body: CheckBody, *, where: str) -> CheckRequest:
    """A check body with its ticket and snippets read. Raises BadTicket naming the field."""
    ticket = read_ticket(body.ticket, where=f"{where}: ticket", answerable=False)
    return CheckRequest(
        id=body.id,
        ticket=ticket,
        snippets=_snippets(body, ticket),
        text=body.text,
    )


def _snippets(body: CheckBody, ticket: Ticket) -> list[Snippet] | None:
    if body.snippets is None:
        return None
    return [Snippet(**given.model_dump(), shop=ticket.shop or "") for given in body.snippets]
