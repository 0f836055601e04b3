"""Rule packs hold what they promise, and folding finds its way back."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prompts.errors import PromptFileInvalid
from prompts.rulepack import RulePacks, lint_rulepacks, load_rulepacks


@pytest.fixture(scope="module")
def packs() -> RulePacks:
    return load_rulepacks()


def test_every_rule_fires_where_it_must_and_only_there(packs: RulePacks) -> None:
    assert lint_rulepacks(packs) == []


def test_every_rule_names_its_source(packs: RulePacks) -> None:
    assert all(rule.source[:1] in "CP" and rule.source.strip("CFP").isdigit() for rule in packs.rules)


def test_the_sieve_lets_through_all_that_the_patterns_find(packs: RulePacks) -> None:
    for rule in packs.rules:
        for text in rule.must_fire:
            folded = packs.folding.fold(text)
            view = folded if rule.form == "text" else packs.folding.compact(folded)
            chosen = packs.sieves[rule.form].Match(view.text) or ()
            assert rule in [packs.sieve_rules[rule.form][index] for index in chosen]


DISGUISED = [
    "加V心聊",
    "加个薇❤",
    "您加一下 v x：abc123",
    "微 信 联系我",
    "加➕薇芯",
    "我的扣扣是123456",
    "加Ⓥ信吧",
    "威❤加我",
    "進裙领红包",
    "加我徽信",
    "加_微_信",
    "+V领券",
    "ＶＸ：abc123加我",
    "好 评 返 现",
    "五星好评领🧧",
    "晒图返5元",
    "好坪返现",
    "给五＊星送券",
]


@pytest.mark.parametrize("text", DISGUISED)
def test_a_disguise_does_not_hide_a_forbidden_channel(packs: RulePacks, text: str) -> None:
    assert {match.rule.finding for match in packs.matches(text)} & {"off_platform", "paid_review"}


LEGAL = [
    "第一步请打开小程序",
    "您最好先别拆封",
    "最大的问题是尺码",
    "有机会再合作",
    "这款是治愈系配色",
    "改运费要店主操作",
    "关心您的使用感受",
    "支持微信支付",
    "我们不会要求您提供验证码",
    "好评与否都不影响售后",
    "最快明天发货",
    "您有权向平台投诉",
    "定制商品不支持无理由退货",
    "如果是个人原因退货，运费需要您承担",
    "请勿私下转账",
    "我一定跟进到底",
]


@pytest.mark.parametrize("text", LEGAL)
def test_tempting_but_legal_wording_passes(packs: RulePacks, text: str) -> None:
    assert [match.rule.id for match in packs.matches(text)] == []


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80))
def test_folding_keeps_the_place_of_every_character(text: str) -> None:
    folded = load_once().folding.fold(text)
    assert len(folded.text) == len(folded.origin)
    assert list(folded.origin) == sorted(folded.origin)
    assert all(0 <= at < len(text) for at in folded.origin)


def test_a_wrong_field_is_named_in_one_line(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    (rules / "words").mkdir(parents=True)
    for path in (Path(__file__).parents[2] / "prompts" / "rules" / "words").glob("*.yaml"):
        (rules / "words" / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (rules / "bad.yaml").write_text("pack: p\nabout: a\nrules:\n  - {id: x, findin: y}\n", encoding="utf-8")
    with pytest.raises(PromptFileInvalid, match=r"bad\.yaml: rules\.0") as caught:
        load_rulepacks(tmp_path)
    assert "\n" not in str(caught.value)


_loaded: list[RulePacks] = []


def load_once() -> RulePacks:
    if not _loaded:
        _loaded.append(load_rulepacks())
    return _loaded[0]
