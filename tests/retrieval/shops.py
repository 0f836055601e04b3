"""Small shops written into a folder for tests."""

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

RETURNS = """
    ---
    id: returns
    title: 退换货
    effective_from: 2026-01-01
    owner: 售后组
    updated: 2026-01-01
    ---
    ## 七天无理由退货 {#no-reason}
    签收次日起 7 天内，商品完好可以申请无理由退货，运费由您承担。

    ## 质量问题 {#quality}
    商品有质量问题，15 天内可以退货或换货，来回运费由我们承担。
    """
SHIPPING = """
    ---
    id: shipping
    title: 发货与快递
    effective_from: 2026-01-01
    owner: 仓储组
    ---
    ## 发货时间 {#dispatch}
    付款后 48 小时内发货，预售商品按商品页写明的时间发货。

    ## 运费 {#freight}
    满 59 元包邮，不满的收 8 元运费；新疆、西藏另加 15 元。
    """
PRODUCTS = """
    id,name,category,price,容量,材质
    D101,晨露保温杯,杯壶,129,500ml,316 不锈钢
    D102,山风折叠伞,雨具,89,,碳纤维伞骨
    """
PHRASES = """
    - id: hello
      scene: 打招呼
      text: 您好，我来为您看一下。
    """


@dataclass(frozen=True)
class Corner:
    """Where a shop, its home and its (empty) law pack lie."""

    folder: Path

    @property
    def shop(self) -> Path:
        """The shop folder."""
        return self.folder / "corner"

    @property
    def home(self) -> Path:
        """The home folder its knowledge goes to."""
        return self.folder / "home"

    @property
    def law(self) -> Path:
        """No law pack."""
        return self.folder / "none"


def write_shop(folder: Path, files: dict[str, str] | None = None) -> Path:
    """A shop of two policies, two products and a phrase; `files` are added to or replace them."""
    everything = {
        "shop.yaml": "name: 小店\n",
        "policies/returns.md": RETURNS,
        "policies/shipping.md": SHIPPING,
        "products.csv": PRODUCTS,
        "phrases/quick.yaml": PHRASES,
        "orders.json": '[{"order_id": "A1", "status": "paid", "items": [{"product_id": "D101"}]}]',
    } | (files or {})
    for name, text in everything.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return folder
