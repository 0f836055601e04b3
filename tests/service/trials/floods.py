"""`python -m tests.service.trials.floods`: ten times too much, silent crowds, endless bodies (R8–R10).

The server is a process of its own, the model one more; the client is raw sockets.
"""

import asyncio
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

from tests.service.trials.client import Answer, exchange, post, ticket
from tests.service.trials.process import server

AT_ONCE, WAITING = 16, 16
TIMES = 10
FOR_S = 10
MODEL = "fixed?first_token_s=0.8&piece_chars=20&between_s=0.02"
"""About one second a draft, of which the server itself works some dozens of milliseconds."""


async def overload(port: int, rss: psutil.Process) -> str:
    """Ten times as many drafts asked for as the server can make, at an even pace that waits for nobody."""
    quiet = statistics.median([(await post(port, ticket(each))).took_s for each in range(5)])
    alone = await _rate(port, AT_ONCE, rounds=4)
    before = rss.memory_info().rss
    answers: list[Answer] = []

    async def caller(number: int) -> None:
        await asyncio.sleep(number / (alone * TIMES))
        answers.append(await post(port, ticket(number), agent=f"a{number}"))

    began = time.monotonic()
    await asyncio.gather(*(caller(each) for each in range(int(alone * TIMES * FOR_S))))
    took = time.monotonic() - began
    made = [each.took_s for each in answers if each.status == 200]
    shed = [each.took_s for each in answers if each.status == 429]
    other = Counter(each.status for each in answers if each.status not in (200, 429))
    grown = (rss.memory_info().rss - before) / 2**20
    return (
        f"overload ×{TIMES}: {len(answers)} asked, {len(made)} made, {len(shed)} shed, others {dict(other)}; "
        f"shed p50 {_p(shed, 50) * 1000:.0f} ms, p95 {_p(shed, 95) * 1000:.0f} ms, "
        f"p99 {_p(shed, 99) * 1000:.0f} ms; "
        f"drafts p99 {_p(made, 99):.2f} s (alone {quiet:.2f} s); "
        f"goodput {len(made) / took / alone:.2f} of capacity ({alone:.1f}/s); RSS +{grown:.0f} MB"
    )


async def _rate(port: int, at_once: int, *, rounds: int) -> float:
    left = iter(range(at_once * rounds))

    async def work() -> None:
        for each in left:
            await post(port, ticket(each))

    began = time.monotonic()
    await asyncio.gather(*(work() for _ in range(at_once)))
    return at_once * rounds / (time.monotonic() - began)


async def idle(port: int, count: int = 1_000) -> str:
    """Connections that say nothing, while another asks whether the server lives."""
    held = []
    for _ in range(count):
        made = socket.socket()
        made.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(made, ("127.0.0.1", port))
            held.append(made)
        except OSError:
            made.close()
    await asyncio.sleep(0.5)
    times, refused = [], 0
    source = ("127.0.0.2", 0)
    for _ in range(100):
        began = time.perf_counter()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=source)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            said = await reader.read()
            writer.close()
            refused += b"200 OK" not in said
        except OSError:
            refused += 1
        times.append(time.perf_counter() - began)
    open_ = 0
    for made in held:
        try:
            made.recv(1)
        except BlockingIOError:
            open_ += 1
        except OSError:
            pass
        made.close()
    return (
        f"{count} idle connections of one address: {open_} let in; /healthz of another: "
        f"{refused} of 100 refused, p99 {_p(times, 99) * 1000:.0f} ms"
    )


async def bodies(port: int, rss: psutil.Process) -> str:
    """Bodies of 200 MB, told and untold."""
    before = rss.memory_info().rss
    head = b"POST /v1/drafts HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    times, statuses = [], Counter[int]()
    for _ in range(20):
        answer = await exchange(port, head + b"Content-Length: 200000000\r\n\r\n" + b" " * 1_000_000)
        statuses[answer.status] += 1
        times.append(answer.first_s)
    for _ in range(5):
        piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        answer = await exchange(port, head + b"Transfer-Encoding: chunked\r\n\r\n" + piece * 40)
        statuses[answer.status] += 1
    grown = (rss.memory_info().rss - before) / 2**20
    return (
        f"bodies beyond the limit: {dict(statuses)}; of a told length p99 {_p(times, 99) * 1000:.0f} ms; "
        f"RSS +{grown:.0f} MB"
    )


def _p(values: list[float], percent: int) -> float:
    ranked = sorted(values) or [0.0]
    return ranked[min(len(ranked) - 1, len(ranked) * percent // 100)]


async def main(model: str, home: Path) -> None:
    """All three, one line each."""
    with server(
        home, base_url=model, api_key="k", model=MODEL, drafts_at_once=AT_ONCE, drafts_waiting=WAITING
    ) as (process, port):
        rss = psutil.Process(process.pid)
        for line in (overload(port, rss), bodies(port, rss), idle(port)):
            sys.stdout.write(f"{await line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, "-m", "tests.model_server"], stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        assert process.stdout
        try:
            asyncio.run(main(process.stdout.readline().strip(), Path(folder)))
        finally:
            process.terminate()
