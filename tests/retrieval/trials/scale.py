"""Scale figures on a generated shop: sync, change, unchanged, query times, memory.

python -m tests.retrieval.trials.scale [SNIPPETS …]      default 20000; the full figures: 20000 200000
"""

import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from itertools import accumulate
from pathlib import Path

SECTIONS = 10
QUERIES = 300
_SYLLABLE = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会"
    "可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
)
_TEMPLATES = (
    "签收次日起 {n} 天内，{a}的{b}可以申请{c}，运费由{d}承担。",
    "{a}超过 {n} 小时没有{b}的，按{c}处理，最高补偿 {m} 元。",
    "请先核对{a}与{b}，再联系{c}登记，{n} 个工作日内答复{d}。",
    "{a}不支持{b}；已经{c}的，按{d}比例扣除 {m} 元。",
)


class Language:
    """Made-up words with a long tail, the same for one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        characters = [chr(code) for code in range(0x4E00, 0x4E00 + 3000)] + list(_SYLLABLE) * 4
        self.words = [
            "".join(self.random.choices(characters, k=self.random.choice((2, 2, 2, 3, 4))))
            for _ in range(20_000)
        ]
        self.weights = list(accumulate(1 / (rank + 5) for rank in range(len(self.words))))

    def some(self, count: int) -> list[str]:
        """Words by their frequency."""
        return self.random.choices(self.words, cum_weights=self.weights, k=count)

    def paragraph(self) -> str:
        """About 200 characters of policy."""
        sentences = []
        for _ in range(4):
            a, b, c, d = ("".join(self.some(3)) for _ in range(4))
            template = self.random.choice(_TEMPLATES)
            sentences.append(
                template.format(
                    a=a, b=b, c=c, d=d, n=self.random.randint(1, 90), m=self.random.randint(1, 500)
                )
            )
        return "".join(sentences)


def generate(folder: Path, snippets: int) -> Path:
    """A shop folder of about that many snippets: half policy sections, half products."""
    language = Language(7)
    (folder / "policies").mkdir(parents=True)
    for number in range(snippets // 2 // SECTIONS):
        sections = "\n\n".join(
            f"## {''.join(language.some(3))} {{#s{place}}}\n{language.paragraph()}"
            for place in range(SECTIONS)
        )
        start = "2025-01-01" if number % 5 else "2026-06-01"
        (folder / "policies" / f"p{number:06d}.md").write_text(
            f"---\nid: p{number:06d}\ntitle: {''.join(language.some(2))}\n"
            f"effective_from: {start}\nowner: x\n---\n{sections}\n",
            encoding="utf-8",
        )
    rows = ["id,name,category,price,材质,说明"]
    for number in range(snippets // 2):
        name, kind, made = ("".join(language.some(2)) for _ in range(3))
        rows.append(f"G{number:06d},{name},{kind},{number % 900 + 5},{made},{''.join(language.some(40))}")
    (folder / "products.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def say(name: str, value: str) -> None:
    """One figure."""
    sys.stdout.write(f"{name:44} {value}\n")
    sys.stdout.flush()


def peak_mb() -> float:
    """The most memory this process has held."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found.group(1)) / 1024 if found else 0.0


def measure(snippets: int, spare: Path) -> None:
    """All figures at one size. The searching process is a fresh one, so that its memory is its own."""
    from retrieval.sync import sync

    shop, home = generate(spare / "big", snippets), spare / "home"
    started = time.perf_counter()
    report = sync(shop, home)
    say(f"{snippets}: first sync, s ({report.snippets} snippets)", f"{time.perf_counter() - started:.1f}")
    started = time.perf_counter()
    assert sync(shop, home).unchanged
    say(f"{snippets}: unchanged sync, s", f"{time.perf_counter() - started:.2f}")
    policy = shop / "policies" / "p000003.md"
    policy.write_text(
        policy.read_text(encoding="utf-8") + "\n## 新的一节\n这一节刚刚写好。\n", encoding="utf-8"
    )
    started = time.perf_counter()
    report = sync(shop, home)
    say(f"{snippets}: one changed document live, s", f"{time.perf_counter() - started:.1f}")
    say(
        f"{snippets}: peak memory of syncing, MB",
        f"{peak_mb():.0f}",
    )
    subprocess.run(
        [sys.executable, "-m", "tests.retrieval.trials.scale", "--search", str(home), str(snippets)],
        check=True,
    )


def search(home: Path, snippets: int) -> None:
    """Open and query in this process."""
    from retrieval.knowledge import Knowledge
    from retrieval.query import Query

    started = time.perf_counter()
    knowledge = Knowledge.open(home, "big")
    opened = time.perf_counter()
    knowledge.warm()
    say(f"{snippets}: open / warm, s", f"{opened - started:.2f} / {time.perf_counter() - opened:.2f}")
    language = Language(7)
    language.random.seed(11)
    queries = [
        Query(
            text="，".join("".join(language.some(2)) for _ in range(3)) + "什么时候退款",
            at=date(2026, 11, 1 + n % 20),
        )
        for n in range(QUERIES)
    ]
    for query in queries[:50]:
        knowledge.search([query])
    took = []
    for query in queries:
        started = time.perf_counter()
        knowledge.search([query])
        took.append((time.perf_counter() - started) * 1000)
    took.sort()
    say(
        f"{snippets}: query p50 / p95 / max, ms",
        f"{statistics.median(took):.1f} / {took[int(len(took) * 0.95)]:.1f} / {took[-1]:.1f}",
    )
    say(
        f"{snippets}: peak memory of searching, MB",
        f"{peak_mb():.0f}",
    )
    knowledge.close()


def main(arguments: list[str]) -> None:
    """Run the sizes of the arguments."""
    if arguments[:1] == ["--search"]:
        search(Path(arguments[1]), int(arguments[2]))
        return
    for size in map(int, arguments or ["20000"]):
        spare = Path(tempfile.mkdtemp(prefix="warmline-scale-"))
        try:
            measure(size, spare)
        finally:
            shutil.rmtree(spare, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
