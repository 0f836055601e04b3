"""The terminal: `warmline …`."""

from ui.terminal.app import main

__all__ = ["main"]
