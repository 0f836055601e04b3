"""Reading a model's answer: markers become citations, in one piece or as it streams."""

from hypothesis import example, given
from hypothesis import strategies as st

from retrieval.snippet import Snippet
from service.citing import MarkerStripper, read_answer

RETURNS = Snippet(
    id="returns#no-reason",
    text="签收后七天内可以无理由退货。吊牌完好不影响二次销售。定制商品除外。",
    kind="policy",
    shop="demo",
    version="2026-01-01",
)
FREIGHT = Snippet(id="freight#return", text="质量问题退货的运费由店铺承担。", kind="policy", shop="demo")
SOURCES = (RETURNS, FREIGHT)

pieces = st.lists(
    st.sampled_from([*"退货[]［］【】12,， ^#-。\n a", "[1]", " [2]", "[1][2]", "[12", "［1", "  "])
)


@given(pieces)
@example(["a ", " [1]"])
@example(["[1", "]", "[", "2]"])
@example(["[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", ",1]"])
def test_the_shown_text_does_not_depend_on_how_the_stream_is_cut(parts: list[str]) -> None:
    stream, whole = MarkerStripper(), MarkerStripper()
    shown = "".join(stream.feed(part) for part in parts) + stream.finish()
    text = "".join(parts)
    assert shown == whole.feed(text) + whole.finish()
    assert shown.strip() == read_answer(text, SOURCES).text
    assert stream.marks == whole.marks


def test_a_half_marker_is_held_back_until_it_is_one_or_is_none() -> None:
    stream = MarkerStripper()
    assert [stream.feed(part) for part in ("可以退 ", "[", "1", "]。尺码[1", "2M]")] == [
        "可以退",
        "",
        "",
        "。尺码",
        "[12M]",
    ]
    assert stream.marks == [(3, (1,))]


def test_a_citation_spans_the_sentence_before_its_marker_and_quotes_what_it_rests_on() -> None:
    answer = read_answer("您好。签收七天内能退货[1]，请放心。\n运费店铺承担。[2]", SOURCES)
    assert answer.text == "您好。签收七天内能退货，请放心。\n运费店铺承担。"
    first, second = answer.citations
    assert answer.text[slice(*first.span)] == "签收七天内能退货"
    assert (first.snippet, first.version) == ("returns#no-reason", "2026-01-01")
    assert first.quote == "签收后七天内可以无理由退货。"
    assert answer.text[slice(*second.span)] == "运费店铺承担。"


def test_two_numbers_in_one_place_are_two_citations_and_a_repeated_one_is_one() -> None:
    answer = read_answer("可以退且包运费[1, 2][1]。", SOURCES)
    assert [citation.snippet for citation in answer.citations] == ["returns#no-reason", "freight#return"]


def test_a_number_that_no_source_has_is_dropped_and_reported() -> None:
    answer = read_answer("可以退[3]，包运费[0][2]。", SOURCES)
    assert answer.text == "可以退，包运费。"
    assert [citation.snippet for citation in answer.citations] == ["freight#return"]
    assert answer.unknown == (3, 0)


def test_brackets_that_are_no_markers_stay() -> None:
    text = "[微笑] 尺码[M]，满[2000]减100，[订单12]，(1) 先拍照"
    assert read_answer(text, SOURCES).text == text


def test_a_numbered_list_and_english_sentences_keep_their_spans() -> None:
    answer = read_answer("1. You can return it within 7 days [1].\n2. We pay the freight [2].", SOURCES)
    assert answer.text == "1. You can return it within 7 days.\n2. We pay the freight."
    assert [answer.text[slice(*each.span)] for each in answer.citations] == [
        "You can return it within 7 days",
        "We pay the freight",
    ]


def test_an_empty_answer_has_no_citations() -> None:
    assert read_answer("[1]", SOURCES).citations == ()
    assert read_answer("", SOURCES).text == ""
