"""The API in a process of its own, to be killed, stopped, flooded."""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from service.api import make_api
from service.api.serving import make_server
from service.assembly import Warmline
from service.settings import Settings


@contextmanager
def server(home: Path, **settings: Any) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The process and its port; it is killed at the end if it still lives. Its log is in `home`."""
    given = {"home": str(home), **settings}
    with (home / "server.log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.service.trials.process", json.dumps(given)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert process.stdout
        try:
            said = process.stdout.readline().strip()
            if not said.isdigit():
                raise RuntimeError(f"the server did not start: {home / 'server.log'}")
            yield process, int(said)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def main(settings: dict[str, Any]) -> None:
    """Serve, and print the port once it can be reached."""
    logging.basicConfig(level=logging.INFO)
    if "api_key" in settings:
        settings["api_key"] = SecretStr(settings["api_key"])
    app = Warmline(settings=Settings(**settings))
    app.warm()

    def told() -> None:
        port = made.servers[0].sockets[0].getsockname()[1]
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()

    made = make_server(make_api(app), app, host="127.0.0.1", port=0, started=told)
    made.run()
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(5)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
