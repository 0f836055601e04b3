"""The tickets the project ships to be tried out."""

from pathlib import Path

from service.ticket import Ticket, read_ticket

FOLDER = Path(__file__).parent / "demo_tickets"


def demo_tickets() -> list[Ticket]:
    """The three of `warmline demo`: a question before buying, a late parcel, a broken item."""
    return _read(FOLDER)


def waiting_tickets() -> list[Ticket]:
    """Conversations for the desk's queue to open with."""
    return [*_read(FOLDER), *_read(FOLDER / "queue")]


def _read(folder: Path) -> list[Ticket]:
    return [
        read_ticket(path.read_text(encoding="utf-8"), where=str(path))
        for path in sorted(folder.glob("*.json"))
    ]
