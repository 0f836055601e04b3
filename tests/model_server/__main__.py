"""`python -m tests.model_server [PORT]`: the server on its own, until it is interrupted."""

import contextlib
import sys
import threading

from tests.model_server.server import ModelServer

if __name__ == "__main__":
    with ModelServer(port=int(sys.argv[1]) if len(sys.argv) > 1 else 0, keep_requests=False) as server:
        sys.stdout.write(server.url + "\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
