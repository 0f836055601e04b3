"""What a person hands to the terminal: text, tickets and files, read with care."""

import hashlib
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from service.assembly import Warmline
    from service.ticket import Ticket

MAX_FILE_BYTES = 1_048_576
"""A ticket is a conversation and an order: a hundred times smaller than this."""
MAX_BATCH_BYTES = 512 * 1_048_576


def read_text(source: str, *, limit: int = MAX_FILE_BYTES) -> str:
    """The text of a file, or of standard input for `-`.

    Raises BadTicket with one line if it is missing, too large or not UTF-8 text.
    """
    from service.errors import BadTicket

    name = "standard input" if source == "-" else source
    try:
        if source == "-":
            data = sys.stdin.buffer.read(limit + 1)
        else:
            path = Path(source)
            if path.is_file() and path.stat().st_size > limit:
                raise BadTicket(_too_large(name, path.stat().st_size, limit))
            data = path.read_bytes()
    except OSError as error:
        raise BadTicket(f"{name}: cannot be read: {error.strerror or error}; check the path") from error
    if len(data) > limit:
        raise BadTicket(_too_large(name, len(data), limit))
    return decode(data, name)


def decode(data: bytes, name: str) -> str:
    """UTF-8 text without a byte order mark. Raises BadTicket."""
    from service.errors import BadTicket

    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadTicket(
            f"{name}: not UTF-8 text (byte {error.start} is {data[error.start]:#04x}); save it as UTF-8"
        ) from error
    if "\0" in text:
        raise BadTicket(f"{name}: holds binary data (a zero byte); expected text")
    return text


def read_records(source: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """(where, record) for each line of a JSON-lines file. Raises BadTicket naming the line."""
    from service.errors import BadTicket

    name = "standard input" if source == "-" else source
    for number, line in enumerate(read_text(source, limit=MAX_BATCH_BYTES).splitlines(), start=1):
        if not line.strip():
            continue
        where = f"{name}: line {number}"
        try:
            record = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise BadTicket(f"{where}: not valid JSON: {error}") from error
        if not isinstance(record, dict):
            raise BadTicket(f"{where}: expected a JSON object, got {type(record).__name__}")
        yield where, record


def ticket_of_text(
    text: str, *, app: "Warmline", shop: str | None, order: str | None, instruction: str | None
) -> "Ticket":
    """A ticket made of one customer message. Raises what a person can mend."""
    from service.ticket import read_ticket

    decode(text.encode("utf-8", "surrogateescape"), "text")
    shop_id = app.shop_id(shop)
    zone = ZoneInfo(app.knowledge(shop_id).shop.timezone)
    data: dict[str, Any] = {
        "id": "text-" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12],
        "shop": shop_id,
        "now": datetime.now(zone).isoformat(timespec="seconds"),
        "conversation": [{"role": "customer", "text": text}] if text.strip() else [],
        "instruction": instruction,
    }
    ticket = read_ticket(data, where="text")
    return with_order(ticket, app=app, order=order)


def complete(
    data: dict[str, Any] | str,
    *,
    where: str,
    app: "Warmline",
    shop: str | None,
    order: str | None,
    instruction: str | None,
) -> "Ticket":
    """A ticket from JSON, with what the command line says on top. Raises what a person can mend."""
    from service.ticket import read_ticket

    ticket = read_ticket(data, where=where)
    changes: dict[str, Any] = {"shop": app.shop_id(shop or ticket.shop)}
    if instruction:
        changes["instruction"] = instruction
    return with_order(ticket.model_copy(update=changes), app=app, order=order)


def with_order(ticket: "Ticket", *, app: "Warmline", order: str | None) -> "Ticket":
    """The ticket with that order of its shop. Raises UnknownOrder."""
    if order is None:
        return ticket
    return ticket.model_copy(update={"order": app.order(ticket.shop or app.default_shop(), order)})


def _too_large(name: str, size: int, limit: int) -> str:
    return f"{name}: {size:,} bytes or more; at most {limit:,} are read: is this the right file?"
