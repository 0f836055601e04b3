"""Bytes of a shop's text files as text, whatever program saved them."""

from retrieval.errors import ShopError

ENCODINGS = ("utf-8-sig", "gb18030")
"""Tried in order: what editors save, then what Chinese spreadsheets export."""
MAX_BYTES = 5_000_000
"""Largest document read: a policy is a few kilobytes."""
MAX_TABLE_BYTES = 200_000_000
"""Largest table read: a catalogue of 100,000 rows is about 40 MB."""


def decode(data: bytes, *, where: str, limit: int = MAX_BYTES) -> str:
    """The text of a file, without byte order mark, with `\\n` line ends."""
    if len(data) > limit:
        raise ShopError(f"{where}: {len(data):,} bytes; expected at most {limit:,}: split the file")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ENCODINGS
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text.replace("\r\n", "\n").replace("\r", "\n")
    raise ShopError(f"{where}: not a text file; expected UTF-8 (or GB18030): save it as UTF-8")
