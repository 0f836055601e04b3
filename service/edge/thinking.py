"""Some models think aloud before they answer; that part is neither shown nor kept."""

from dataclasses import dataclass

_OPEN = "<think>"
_CLOSE = "</think>"


@dataclass(slots=True)
class ThinkingStripper:
    """Takes a leading `<think>…</think>` out of a stream."""

    _held: str = ""
    _state: str = "start"

    def feed(self, text: str) -> str:
        """The part of the answer proper in this piece."""
        if self._state == "answer":
            return text
        self._held += text
        if self._state == "start":
            lead = self._held.lstrip()
            if _OPEN.startswith(lead[: len(_OPEN)]) and len(lead) < len(_OPEN):
                return ""
            if not lead.startswith(_OPEN):
                return self._release(self._held)
            self._state = "thinking"
        cut = self._held.find(_CLOSE)
        if cut < 0:
            self._held = self._held[-len(_CLOSE) :]
            return ""
        return self._release(self._held[cut + len(_CLOSE) :].lstrip())

    def finish(self) -> str:
        """What was held back and is no thinking."""
        return self._release(self._held) if self._state == "start" else ""

    def _release(self, text: str) -> str:
        self._held, self._state = "", "answer"
        return text
