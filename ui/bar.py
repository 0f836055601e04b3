"""The bar on top of every page: name, pages, language, light."""

from ui.desk.markup import Child, Html, tag
from ui.desk.saying import Saying

PAGES = {"desk": "/{language}/", "knowledge": "/knowledge/{language}/", "numbers": "/numbers/{language}/"}
"""Every page and where it is."""


def bar(say: Saying, here: str, *more: Child, **attributes: str) -> Html:
    """The bar of the page `here`; `more` stands before the language, `attributes` are the page's own."""
    other = "en" if say.language == "zh" else "zh"
    links = [
        tag(
            "a",
            say(f"page_{name}"),
            href=path.format(language=say.language),
            aria_current="page" if name == here else None,
        )
        for name, path in PAGES.items()
    ]
    switch = tag(
        "button",
        say("desk_other_language"),
        data_do="language",
        data_language=other,
        data_to=PAGES[here].format(language=other),
        lang=other,
    )
    return tag(
        "div",
        tag("span", "", class_="mark"),
        tag("strong", "Warmline"),
        tag("nav", links, class_="pages", aria_label=say("pages")),
        tag("span", "", class_="gap"),
        more,
        tag("button", say("desk_light"), data_do="light"),
        switch,
        class_="bar",
        **attributes,
    )
