"""Writes the JSON Schema that editors complete scenario files with: `python -m eval.schema`."""

import json
from pathlib import Path

from eval.scenario import family_schema

SCHEMA_FILE = Path(__file__).parent / "scenarios" / "scenario.schema.json"


def schema_text() -> str:
    """The schema as it is committed."""
    return json.dumps(family_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
