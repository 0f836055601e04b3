"""The desk's values: markup that carries no one else's, conversations as pasted, words in both languages."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import ui
from prompts.taxonomy import load_taxonomy
from service.draft import Finding, Fix
from service.errors import BadTicket, SettingsError
from service.ticket import Ticket, Turn
from ui.desk.markup import markup, tag
from ui.desk.panels.proof import findings, fingerprint
from ui.desk.panels.talk import talk
from ui.desk.pasting import read_pasted
from ui.desk.saying import Saying
from ui.desk.sitting import Sitting
from ui.web import own_language, require_loopback
from ui.words import LANGUAGES

NOW = datetime(2026, 11, 12, 20, 15, tzinfo=UTC)
ROOM = Path(ui.__file__).parent


class _Elements(HTMLParser):
    """The elements and the words of some markup."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.names: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, name: str, _: object) -> None:
        self.names.append(name)

    def handle_data(self, words: str) -> None:
        self.words += words


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=200))
def test_whatever_a_customer_writes_is_words_on_one_line(text: str) -> None:
    shown = tag("p", text, title=text)
    assert "\n" not in shown
    assert _Elements(shown).names == ["p"]
    assert _Elements(shown).words == text


def test_markup_is_nested_as_it_is_and_strings_are_escaped() -> None:
    assert markup(["<b>", tag("b", "x", data_do=None, hidden=True)]) == "&lt;b&gt;<b hidden>x</b>"


def test_a_conversation_shows_hostile_turns_as_words() -> None:
    hostile = "<script>alert(1)</script>\n\n# x ![a](https://evil.test/a.png) </div>"
    turn = Turn(role="customer", text=hostile, at=NOW)
    shown = talk(Ticket(id='"><img src=x>', now=NOW, conversation=(turn,)), Saying("zh", load_taxonomy()))
    parsed = _Elements(shown)
    assert set(parsed.names) <= {"div", "h2", "span", "time", "p", "button", "input"}
    assert hostile in parsed.words


def test_a_finding_offers_its_mending_with_the_very_words() -> None:
    finding = Finding(
        type="over_promise", severity="block", span=(2, 4), quote="保证", why="做不到",
        fix=Fix(replacement='"><script>'),
    )  # fmt: skip
    shown = findings("我们保证", [finding], Saying("zh", load_taxonomy()))
    assert 'data-blocked="yes"' in shown
    assert "script" not in _Elements(shown).names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("东西呢", [("customer", "东西呢")]),
        ("顾客：在吗\n第二行\n客服: 在的", [("customer", "在吗\n第二行"), ("agent", "在的")]),
        (
            "C: late\nA: checking\nC: well?",
            [("customer", "late"), ("agent", "checking"), ("customer", "well?")],
        ),
        ("单号: 123\n还没到", [("customer", "单号: 123\n还没到")]),
    ],
)
def test_a_paste_is_read_into_turns(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(turn.role, turn.text) for turn in read_pasted(text, NOW)] == expected


@pytest.mark.parametrize("text", ["", "  \n ", "顾客：\n客服：", "x" * 20_001])
def test_a_paste_with_nothing_to_answer_or_far_too_much_is_refused(text: str) -> None:
    with pytest.raises(BadTicket, match="paste"):
        read_pasted(text, NOW)


def _waiting(name: str, waited_s: int, role: str = "customer") -> Ticket:
    turn = Turn.model_validate({"role": role, "text": name, "at": NOW - timedelta(seconds=waited_s)})
    return Ticket(id=name, now=NOW, conversation=(turn,))


def test_who_waited_longest_comes_first_and_who_does_not_wait_last() -> None:
    sitting = Sitting()
    sitting.add([_waiting("answered", 9_000, "agent"), _waiting("new", 5), _waiting("long", 200)])
    assert [work.ticket.id for work in sitting.queue()] == ["long", "new", "answered"]
    assert sitting.next_after("long") == "new"
    assert sitting.next_after("answered") == "long"


def test_the_fingerprint_is_that_of_the_browser() -> None:
    assert fingerprint("") == "811c9dc5"
    assert fingerprint("a") == "e40c292c"
    assert len({fingerprint("急😭"), fingerprint("急"), fingerprint("😭急")}) == 3


def test_every_word_of_every_screen_is_said_in_both_languages() -> None:
    words = yaml.safe_load((ROOM / "words.yaml").read_text(encoding="utf-8"))
    for key, said in words.items():
        assert set(said) == set(LANGUAGES), key
        fields = {language: set(re.findall(r"\{(\w+)\}", str(said[language]))) for language in LANGUAGES}
        assert fields["zh"] == fields["en"], key


def test_everything_the_taxonomy_can_say_has_words() -> None:
    taxonomy = load_taxonomy()
    words = yaml.safe_load((ROOM / "words.yaml").read_text(encoding="utf-8"))
    named = [f"finding_{name}" for name in taxonomy.findings] + [
        f"emotion_{name}" for name in taxonomy.emotions
    ]
    assert [name for name in named if name not in words] == []


def test_code_holds_no_chinese() -> None:
    files = [*ROOM.rglob("*.py"), *ROOM.rglob("*.js"), *ROOM.rglob("*.css")]
    assert files
    assert [
        file.name for file in files if re.search(r"[\u3400-\u9fff]", file.read_text(encoding="utf-8"))
    ] == []


@pytest.mark.parametrize(
    ("cookie", "accepts", "language"),
    [
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "en-GB,en;q=0.9", "en"),
        (None, "de-DE, de;q=0.9, en;q=0.5, zh;q=0.7", "zh"),
        (None, "", "zh"),
        ("en", "zh-CN", "en"),
        ("../x", "en", "en"),
        (None, "en;q=x,zh", "zh"),
    ],
)
def test_the_browser_decides_the_language_and_a_switch_overrides(
    cookie: str | None, accepts: str, language: str
) -> None:
    assert own_language(cookie, accepts) == language


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]"])
def test_only_this_machine_may_reach_the_desk(host: str) -> None:
    require_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "shop.example"])
def test_an_address_others_can_reach_is_refused_in_one_line(host: str) -> None:
    with pytest.raises(SettingsError, match=r"no accounts yet; expected 127\.0\.0\.1"):
        require_loopback(host)
