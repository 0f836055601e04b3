"""Plain output for machines."""

import json
import sys
from typing import Any


def say_json(value: Any, *, indent: int | None = 2) -> None:
    """Print a value as JSON on standard output, in UTF-8 whatever the locale."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    sys.stdout.buffer.flush()
