"""Writes the kept prompts anew: `python -m tests.rendered`, then read the diff."""

from tests.rendered.cases import CASES
from tests.rendered.showing import path_of, shown

for each in CASES:
    path_of(each).write_text(shown(each), encoding="utf-8")
