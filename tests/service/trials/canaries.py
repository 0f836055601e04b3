"""`python -m tests.service.trials.canaries [COUNT]`: seeded personal data, and where it shows up (P4).

They may be in the store, which is the shop's own, and nowhere else: not with the model, not in logs,
metrics, spans, the index, nor in an error's answer.
"""

import asyncio
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from stdnum import luhn
from stdnum.cn import ric

from prompts.library import load_library
from service.assembly import Warmline
from service.settings import Settings
from tests.model_server import ModelServer
from tests.service.api.serving import serving, ticket
from tests.service.test_observing import collector, logged

PER_TICKET = 10


def values(count: int) -> Iterator[tuple[str, str]]:
    """Kind and value, all different and all well-formed."""
    at = random.Random(4)
    for number in range(count):
        tail = f"{number:05d}"
        match number % 4:
            case 0:
                yield "手机", f"1{at.choice('3578')}{at.randint(0, 9)}{at.randint(0, 999):03d}{tail}"
            case 1:
                body = f"62284{at.randint(10**7, 10**8 - 1)}{tail}"
                yield "银行卡号", body + str(luhn.calc_check_digit(body))
            case 2:
                born = f"{at.randint(1960, 2004)}{at.randint(1, 12):02d}{at.randint(1, 28):02d}"
                body = f"{at.choice(('110101', '310104', '440305'))}{born}{number % 1000:03d}"
                yield "身份证", body + ric.calc_check_digit(f"{body}0")
            case _:
                yield "邮箱", f"qz{tail}{at.randint(100, 999)}@mail.example.com"


async def seeded(home: Path, server: ModelServer, count: int) -> tuple[int, Counter[str]]:
    """How many values were sent, and where how many of them were found."""
    library = load_library()
    known = list(dict.fromkeys(values(count)))
    with logged(library) as log, collector() as (otlp, spans):
        settings = Settings(
            home=home,
            database_url=f"sqlite:///{home / 'store' / 'w.db'}",
            base_url=server.url,
            api_key=SecretStr("k"),
            model="polite",
            otlp_endpoint=otlp,
        )
        app = Warmline(settings=settings)
        app.library = library
        with serving(app) as served, served.client() as client:
            errors = []
            for start in range(0, len(known), PER_TICKET):
                body = _ticket(start, known[start : start + PER_TICKET])
                assert client.post("/v1/drafts", json=body).status_code == 200
                errors.append(client.post("/v1/drafts", json={**body, "shop": "nowhere"}).text)
            page = client.get("/metrics").text
    places = {
        "the model's requests": "\n".join(server.texts),
        "the log": log.getvalue(),
        "the metrics": page,
        "the spans": b"\n".join(spans).decode("utf-8", "replace"),
        "an error's answer": "\n".join(errors),
        "the index": _files(home / "knowledge"),
    }
    found = Counter({where: sum(value in text for _, value in known) for where, text in places.items()})
    return len(known), found


def _ticket(number: int, told: list[tuple[str, str]]) -> dict[str, Any]:
    said = "，".join(f"{kind}{value}" for kind, value in told)
    made = ticket(number)
    turns = [*made["conversation"][:-1], {"role": "customer", "text": f"还没到，资料都在这：{said}"}]
    return {**made, "conversation": turns, "answer_to": None}


def _files(folder: Path) -> str:
    return "\n".join(
        path.read_bytes().decode("utf-8", "replace") for path in folder.rglob("*") if path.is_file()
    )


if __name__ == "__main__":
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000
    with tempfile.TemporaryDirectory() as folder, ModelServer() as running:
        sent, seen = asyncio.run(seeded(Path(folder), running, asked))
        where = ", ".join(f"{count} in {place}" for place, count in seen.items())
        sys.stdout.write(f"{sent} values seeded; found: {where}\n")
    sys.exit(1 if seen.total() else 0)
