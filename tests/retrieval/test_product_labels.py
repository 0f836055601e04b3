"""How a product's columns are labelled in its snippet."""

from retrieval.catalogue import product_document, read_catalogue

HEADER = "id,name,category,price,material,restock_date,listed_on,Thread Count"


def snippet(row: str) -> str:
    products, warnings = read_catalogue(f"{HEADER}\n{row}\n")
    assert warnings == []
    return product_document(products[0], shop="any").sections[0].text


def test_an_english_heading_is_shown_in_chinese_beside_a_chinese_product() -> None:
    text = snippet("T1,纯棉床单,床品,99.00,棉100%,2026-11-20,2026-01-02,60")
    assert "材质: 棉100%" in text
    assert "预计补货日期: 2026-11-20" in text
    assert "Thread Count: 60" in text


def test_an_english_product_keeps_its_english_headings() -> None:
    text = snippet("T1,Cotton sheet,Bedding,99.00,100% cotton,2026-11-20,2026-01-02,60")
    assert "material: 100% cotton" in text


def test_the_day_of_listing_is_kept_out_of_the_snippet() -> None:
    assert "2026-01-02" not in snippet("T1,纯棉床单,床品,99.00,棉100%,2026-11-20,2026-01-02,60")
