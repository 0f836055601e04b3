"""`python -m tests.eval.trials.server [LOG]`: the model server with judges, in a process of its own.

With a log, every answer that was sent to its end leaves a line: the hash of its request.
"""

import contextlib
import hashlib
import re
import sys
import threading
from pathlib import Path
from typing import Any

from tests.eval.judges import install
from tests.model_server.server import ModelServer

DELIMITER = re.compile(r"=-=[0-9a-f]+=-=")
"""Drawn anew for every call: it makes no other request of a verdict."""


class LoggingServer(ModelServer):
    """Remembers in a file what it answered."""

    log: Path | None = None

    async def _chat(self, connection: Any, body: dict[str, Any]) -> None:
        whole = self.counts["whole"]
        await super()._chat(connection, body)
        if self.log and self.counts["whole"] > whole:
            text = DELIMITER.sub("", str(body["messages"][-1]["content"]))
            asked = hashlib.sha256(text.encode()).hexdigest()[:16]
            with self.log.open("a") as out:
                out.write(f"{body['model'].partition('?')[0]} {asked}\n")


if __name__ == "__main__":
    install()
    server = LoggingServer(keep_requests=False)
    server.log = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    with server:
        sys.stdout.write(server.url + "\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
