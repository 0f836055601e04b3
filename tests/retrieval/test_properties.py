"""Laws of retrieval, held against generated shops, texts and files."""

import json
import string
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.adapters.truth import Changes, Truth
from retrieval.building import snippets_of
from retrieval.catalogue import read_catalogue
from retrieval.document import APPROVED, INTERNAL, Document, Section
from retrieval.errors import ShopError
from retrieval.folder import read_folder
from retrieval.lexical import weighed
from retrieval.markdown import cut
from retrieval.orderfile import read_order_list
from retrieval.phrasefile import read_phrases
from retrieval.policy import read_policy
from retrieval.postings import Part, Postings, collect, collected, merge
from retrieval.query import Query
from retrieval.ranking import load_ranking
from retrieval.shopfile import read_shop_file
from retrieval.splitting import Entry, entries, split
from retrieval.table import entry_key
from retrieval.tables import read_json_lines, read_rows, table_sections
from tests.retrieval.measuring import searcher

DAY = date(2026, 6, 15)
WORDS = (
    "退货",
    "七天",
    "运费",
    "签收",
    "质量",
    "换货",
    "发票",
    "退款",
    "refund",
    "size",
    "500ml",
    "保温杯",
    "的",
    "了",
)
some = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map("，".join)
days = st.one_of(st.none(), st.integers(-60, 60).map(lambda n: DAY + timedelta(days=n)))


@st.composite
def documents(draw: st.DrawFn) -> list[Document]:
    """A few documents in several versions, of every status."""
    found: dict[str, Document] = {}
    for _ in range(draw(st.integers(1, 8))):
        start, end = draw(days), draw(days)
        if start and end and end < start:
            start, end = end, start
        sections = tuple(
            Section(anchor=f"s{place}", heading=draw(phrases), text=draw(phrases))
            for place in range(draw(st.integers(1, 3)))
        )
        document = Document(
            id=draw(st.sampled_from(["returns", "shipping"])), title="规则", kind="policy", shop="corner",
            version=start.isoformat() if start else "1", effective_from=start, effective_to=end,
            sections=sections,
            status=draw(st.sampled_from(["", "approved", "draft", "retired", "Pending"])),
            audience=draw(st.sampled_from(["", "customers", "internal"])),
        )  # fmt: skip
        found.setdefault(document.key, document)
    return list(found.values())


@some
@given(documents(), phrases, st.integers(1, 6), st.integers(0, 6))
def test_asking_for_more_never_loses_a_hit(shop: list[Document], asked: str, few: int, more: int) -> None:
    with TemporaryDirectory() as folder:
        search = searcher(_snippets(shop), Path(folder))
        queries = [Query(text=asked, at=DAY), Query(text=asked[::-1], at=DAY)]
        fewer = search.search(queries, k=few)
        assert search.search(queries, k=few + more)[: len(fewer)] == fewer


@settings(some, max_examples=1000 // 5)
@given(documents(), phrases)
def test_only_approved_snippets_in_force_in_their_newest_version_are_found(
    shop: list[Document], asked: str
) -> None:
    usable = [d for d in shop if d.status.lower() in APPROVED and d.audience not in INTERNAL]
    with TemporaryDirectory() as folder:
        search = searcher(_snippets(shop), Path(folder))
        for shift in (-30, -1, 0, 1, 30):
            day = DAY + timedelta(days=shift)
            in_force = [
                d for d in usable
                if (d.effective_from or date.min) <= day <= (d.effective_to or date.max)
            ]  # fmt: skip
            newest = {
                identity: max(
                    (d for d in in_force if d.id == identity), key=lambda d: d.effective_from or date.min
                ).key
                for identity in {d.id for d in in_force}
            }
            for hit in search.search([Query(text=asked, at=day)], k=50):
                snippet = hit.snippet
                assert f"{snippet.document}@{snippet.version}" == newest[snippet.document]
                assert snippet.in_force(day)


@settings(some, max_examples=25)
@given(documents(), st.randoms(use_true_random=False))
def test_the_order_of_documents_makes_no_difference(shop: list[Document], random: Random) -> None:
    shuffled = random.sample(shop, len(shop))
    with TemporaryDirectory() as folder:
        truth, again = Truth(Path(folder) / "a.db"), Truth(Path(folder) / "b.db")
        assert sorted(truth.replace(shop, {}).added) == sorted(again.replace(shuffled, {}).added)
        assert list(snippets_of(again.documents())) == list(snippets_of(truth.documents()))
        assert again.replace(shop, {}) == Changes()


@settings(some, max_examples=25)
@given(st.lists(phrases, max_size=12), st.lists(phrases, max_size=12), st.data())
def test_an_index_merged_from_parts_is_the_same_as_one_made_at_once(
    old: list[str], new: list[str], data: st.DataObject
) -> None:
    kept = sorted(data.draw(st.sets(st.sampled_from(range(len(old)))))) if old else []
    origin = np.array(data.draw(st.permutations([*kept, *[-1] * len(new)])), np.int64)
    origin[origin >= 0] = kept
    places, fresh = np.flatnonzero(origin >= 0), np.flatnonzero(origin < 0)
    numbers = np.full(len(old), -1, np.int64)
    numbers[kept] = places
    texts = iter(new)
    whole = [old[place] if place >= 0 else next(texts) for place in origin]
    with TemporaryDirectory() as folder:
        spare = Path(folder)
        collect(old).save(spare / "old")
        parts = [
            Part(folder=spare / "old", numbers=numbers),
            *collected(new, fresh, spare, at_once=data.draw(st.integers(1, 5))),
        ]
        merge(parts, len(whole), spare / "merged", at_once=data.draw(st.integers(1, 100)))
        made = Postings.load(spare / "merged")
        assert _same(made, collect(whole))
        ranking = load_ranking()
        assert np.array_equal(weighed(made, ranking).parts, weighed(collect(whole), ranking).parts)


def _snippets(shop: Sequence[Document]) -> list[Entry]:
    return list(snippets_of(sorted(shop, key=lambda document: document.key)))


def _same(one: Postings, other: Postings) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in Postings.__slots__)


@some
@given(st.lists(st.text(alphabet="退货运费ab12 。！？；,.|\n- ", max_size=400), max_size=6).map("\n".join))
def test_splitting_loses_no_word_and_makes_no_monster(text: str) -> None:
    pieces = split(text)
    assert all(len(piece) <= 900 for piece in pieces)
    if "|" not in text and text.strip():
        assert "".join("".join(pieces).split()) == "".join(text.split())


@some
@given(st.lists(phrases, min_size=2, max_size=6), st.integers(0, 5), phrases)
def test_a_section_keeps_its_id_when_another_one_changes(headings: list[str], place: int, text: str) -> None:
    place %= len(headings)
    unique = [f"{number} {heading}" for number, heading in enumerate(headings)]
    before = {s.heading: s.anchor for s in cut("".join(f"## {h}\n旧\n" for h in unique))[1]}
    after = {
        s.heading: s.anchor
        for s in cut(
            "".join(
                f"## {h}\n{text if n == place else '旧'}\n" for n, h in enumerate(unique) if n != place + 1
            )
        )[1]
    }
    assert all(before[heading] == anchor for heading, anchor in after.items())


@some
@given(
    st.one_of(
        st.text(max_size=300),
        st.tuples(
            st.dictionaries(
                st.sampled_from(
                    [
                        "id",
                        "title",
                        "effective_from",
                        "effective_to",
                        "applies_to",
                        "status",
                        "questions",
                        "x",
                    ]
                ),
                st.one_of(
                    st.none(),
                    st.booleans(),
                    st.integers(),
                    st.text(max_size=20),
                    st.lists(st.text(max_size=5)),
                ),
            ),
            st.text(alphabet=string.printable + "退货。#", max_size=200),
        ).map(
            lambda pair: "---\n" + "\n".join(f"{k}: {v!r}" for k, v in pair[0].items()) + "\n---\n" + pair[1]
        ),
    )
)
def test_any_text_is_a_document_or_a_named_problem(text: str) -> None:
    for read in (
        lambda: list(entries(read_policy(text, shop="corner", source="policies/x.md")[0])),
        lambda: list(entries(read_policy(text, shop="corner", source="policies/x.txt")[0])),
        lambda: read_phrases(text, shop="corner", source="phrases/x.yaml"),
        lambda: read_shop_file(text, shop="corner"),
        lambda: read_catalogue(text),
        lambda: read_order_list(text),
        lambda: table_sections(read_rows(text, where="x.csv"), where="x.csv"),
        lambda: table_sections(read_json_lines(text, where="x.jsonl"), where="x.jsonl"),
    ):
        try:
            read()
        except ShopError as error:
            assert "\n" not in str(error)
            assert str(error).startswith(
                ("policies/x", "phrases/x", "shop.yaml", "products.csv", "orders.json", "x.")
            )


FILES = (
    "policies/a.md", "policies/b.txt", "policies/c.csv", "policies/d.jsonl", "policies/e.zip",
    "phrases/f.yaml", "products.csv", "orders.json",
)  # fmt: skip
contents = st.one_of(
    st.binary(max_size=300),
    phrases.map(str.encode),
    phrases.map(lambda text: f"---\nid: x\n---\n## a\n{text}\n".encode("gb18030")),
    st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=3), max_size=3).map(
        lambda rows: "\n".join(map(json.dumps, rows)).encode()
    ),
)


@some
@given(st.dictionaries(st.sampled_from(FILES), contents))
def test_any_files_are_read_or_refused_by_name(files: dict[str, bytes]) -> None:
    with TemporaryDirectory() as folder:
        for name, data in files.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        reading = read_folder(Path(folder))
        assert {source for source, _ in reading.skipped} <= set(files)
        assert all(why.startswith(source) and "\n" not in why for source, why in reading.skipped)
        assert len({document.key for document in reading.documents}) == len(reading.documents)
        ids = [entry_key(entry.snippet) for entry in _snippets(reading.documents)]
        assert len(set(ids)) == len(ids)


@some
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "name",
                "voice",
                "service_levels",
                "sla",
                "authority",
                "working_hours",
                "hours",
                "timezone",
                "locales",
                "语气",
            ]
        ),
        st.recursive(
            st.one_of(
                st.none(),
                st.booleans(),
                st.integers(),
                st.floats(),
                st.text(max_size=10),
                st.sampled_from(["9:00-22:00", "2 分钟", "30"]),
            ),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3),
                st.dictionaries(
                    st.sampled_from(["agent", "limit", "start", "end", "first_reply", "emoji", "days", "x"]),
                    inner,
                    max_size=4,
                ),
            ),
            max_leaves=8,
        ),
    )
)
def test_any_shop_file_is_a_shop_with_warnings(data: dict[str, object]) -> None:
    import yaml

    shop, warnings = read_shop_file(yaml.safe_dump(data, allow_unicode=True), shop="corner")
    assert shop.id == "corner"
    assert all(warning.startswith("shop.yaml: ") for warning in warnings)
    assert shop.authority
    assert shop.service_levels.first_reply_s >= 0
