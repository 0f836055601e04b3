"""Figures are compared by what they mean, not by how they are written."""

from datetime import date

import pytest

from eval.figures import Figures
from eval.wording import read_wording

TODAY = date(2026, 11, 12)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("duration", "7天", "签收后七日内"),
        ("duration", "P7D", "一周内可以退"),
        ("duration", "P7D", "within 7 days of delivery"),
        ("duration", "48小时", "两天内"),
        ("duration", "3个工作日", "1-3 个工作日到账"),
        ("duration", "PT30M", "半小时内回复您"),
        ("duration", "P1Y", "整机保修12个月"),
        ("money", "200", "最多补两百元"),
        ("money", "1299.00", "一共¥1,299"),
        ("money", "15", "运费补贴 15 块"),
        ("date", "2026-11-10", "11月10日24:00前"),
        ("date", "2026-11-10", "11.10 之前"),
        ("date", "2026-11-10", "by November 10th"),
        ("date", "2026-11-10", "10号前寄出就行"),
        ("date", "2026-11-13", "明天就能发"),
        ("date", "2027-01-02", "1月2日"),
        ("quantity", "3", "三张照片"),
        ("id", "A1003", "订单a1003"),
        ("text", "顺丰", "走顺丰哦"),
    ],
)
def test_a_figure_is_found_however_it_is_written(kind: str, value: str, text: str) -> None:
    assert Figures(read_wording()).same(kind, value, text, TODAY)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("duration", "P7D", "11月7日发货"),
        ("duration", "3天", "3个工作日"),
        ("money", "30", "30天内"),
        ("money", "30", "补您300元"),
        ("date", "2026-11-10", "11.10元"),
        ("date", "2026-11-10", "11月1日"),
    ],
)
def test_another_figure_is_not_taken_for_it(kind: str, value: str, text: str) -> None:
    assert not Figures(read_wording()).same(kind, value, text, TODAY)
