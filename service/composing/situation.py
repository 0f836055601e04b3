"""The situation of one issue: which flags hold, what is asked, and what fills the slots of a line."""

from collections.abc import Callable, Mapping
from functools import cached_property

from prompts.playbook import Playbook
from retrieval.product import Product
from service.analysis import Issue
from service.case import Case
from service.composing import goods
from service.composing.composition import Stated, Value
from service.composing.goods_words import GoodsWords
from service.composing.meant import Meant
from service.composing.order_words import OrderWords
from service.composing.overlap import pairs
from service.composing.policy import PolicyWords, Ranked
from service.composing.rewording import Reworder
from service.composing.ruling import FAULTS, Rulings
from service.composing.telling import Teller
from service.composing.weighing import Known
from service.composing.wording import Wording
from service.facts.timeline import truths
from service.facts.vocabulary import vocabulary, wish_finder

_FAULT_OF = {"damage": "damage", "defect": "quality", "wrong_item": "wrong", "missing_item": "missing"}
_SOUND = frozenset({"pre_sale", "order", "logistics"})
"""Classes of intents that have nothing to do with a fault of the goods, unless the customer names one."""
_STALLED_DAYS = 2
_STRONG = 2
_OLD_REFUND_DAYS = 7
"""A refund that takes longer is looked into, whatever the rule says."""
_VAGUE_CHARS = 9
_STATUSES = frozenset(
    ["unpaid", "paid", "shipped", "delivered", "returning", "refunding", "refunded", "closed"]
)


class Situation:
    """What is known about one issue of a case. Lines and decisions are read against it."""

    def __init__(
        self,
        case: Case,
        issue: Issue,
        book: Playbook,
        *,
        query: int,
        reworder: Reworder,
        wording: Wording,
        teller: Teller,
        stated: Stated,
        budget: int,
        cache: Ranked | None = None,
    ) -> None:
        self.case, self.issue, self.book = case, issue, book
        self.wording, self.stated, self._reworder = wording, stated, reworder
        self.language = wording.language
        note = case.ticket.trigger.note if case.ticket.trigger else ""
        self.text = issue.text or case.ticket.question or note
        self.truths = self._truths()
        self.meant = Meant(case, text=self.text, intent=issue.intent, cls=book.cls, query=query)
        known = self._known()
        self.rulings = Rulings(case, issue, query=query, known=known, reworder=reworder, wording=wording)
        self.policy = PolicyWords(
            case,
            issue,
            book,
            query=query,
            known=known,
            rulings=self.rulings,
            reworder=reworder,
            wording=wording,
            teller=teller,
            stated=stated,
            budget=budget,
            cache={} if cache is None else cache,
        )
        self.order = OrderWords(case, self.meant, rulings=self.rulings, reworder=reworder, wording=wording)
        self.goods = GoodsWords(
            case, self.meant, intent=issue.intent, query=query, policy=self.policy, wording=wording
        )

    def _truths(self) -> Mapping[str, bool]:
        case, intent = self.case, self.issue.intent
        found = truths(case.ticket, case.analysis, text=self.text, products=case.products)
        if intent in {"return", "exchange", "refund_status"} and set(case.analysis.intents) & set(_FAULT_OF):
            found["quality"] = True
        if intent in _FAULT_OF:
            found[_FAULT_OF[intent]] = True
            found["no_reason"] = False
        until = case.fact("product.warranty_until")
        if until and until.passed is not None:
            found["expired"] = until.passed
        sound = intent in {"return", "exchange"} or self.book.cls in _SOUND
        if sound and not any(found.get(name) for name in FAULTS):
            found.update(dict.fromkeys(FAULTS, False))
        return found

    def _known(self) -> Known:
        case, order = self.case, self.case.ticket.order
        paid = order.paid_at.astimezone(case.now.tzinfo).date() if order and order.paid_at else None
        names = [product.name for product in case.products[:2]]
        names += [item.name for item in order.items[:2] if item.name] if order else []
        return Known(
            truths=self.truths,
            goods=pairs(" ".join(names)),
            said=pairs(" ".join([*names, *(product.category for product in case.products[:2])])),
            facts=case.facts,
            paid=paid,
            others=self.meant.others,
            products=self.meant.ids,
        )

    @property
    def product(self) -> Product | None:
        """The one product of the catalogue that is meant, if there is one."""
        return self.meant.product

    # --- flags -------------------------------------------------------------------------------

    def holds(self, flag: str) -> bool:
        """Whether a flag of the playbooks holds: `a|b` either, `!a` not, `open.return:quality`…"""
        if "|" in flag:
            return any(self.holds(part) for part in flag.split("|"))
        if flag.startswith("!"):
            return not self.holds(flag[1:])
        head, _, rest = flag.partition(".")
        if rest and head in self._families:
            return self._families[head](rest)
        if not rest and flag in self._plain:
            return self._plain[flag]()
        if flag in _STATUSES:
            return self._status == flag
        raise ValueError(f"{self.book.intent}: flag {flag}: no such flag")

    @property
    def _status(self) -> str:
        return self.case.ticket.order.status if self.case.ticket.order else ""

    @cached_property
    def _families(self) -> Mapping[str, Callable[[str], bool]]:
        analysis = self.case.analysis
        return {
            "has": lambda rest: self.slot(rest) is not None,
            "open": lambda rest: self._passed(rest) is False,
            "passed": lambda rest: self._passed(rest) is True,
            "denied": lambda rest: self.rulings.excluded_by_nature() or self.rulings.denial(rest) is not None,
            "denied_opened": lambda rest: self.rulings.denial(rest, opened=True) is not None,
            "is": lambda rest: self.truths.get(rest, False),
            "missing": lambda rest: rest in self.asked,
            "wants": lambda rest: rest in self._wishes,
            "facet": lambda rest: any(word in self.text.lower() for word in _facet(rest)),
            "also": lambda rest: rest in analysis.intents,
            "risk": lambda rest: rest in analysis.risks,
            "stock": self._stock,
            "allows": lambda rest: self.rulings.allows(rest, self.policy.ranked) is not None,
            "stated": lambda rest: rest in self.stated.measures,
        }

    @cached_property
    def _plain(self) -> Mapping[str, Callable[[], bool]]:
        case, order, status = self.case, self.case.ticket.order, self._status
        return {
            "order": lambda: order is not None,
            "no_order": lambda: order is None,
            "unshipped": lambda: status in {"unpaid", "paid"},
            "sent": lambda: status in {"shipped", "delivered"},
            "late": lambda: status == "paid" and bool(self.order.ship_due and self.order.ship_due.passed),
            "stalled": lambda: status == "shipped" and self.order.days("idle_days") >= _STALLED_DAYS,
            "moving": lambda: status == "shipped",
            "refunding_any": lambda: (
                status in {"returning", "refunding", "refunded"} or bool(order and order.refunds)
            ),
            "fault": lambda: any(self.truths.get(name) for name in FAULTS),
            "product": lambda: bool(self.meant.products),
            "one_product": lambda: self.product is not None or self.meant.item_name is not None,
            "unknown_spec": lambda: self.product is not None and goods.asks_unknown(self.product, self.text),
            "refund_old": lambda: self.order.refund_days >= _OLD_REFUND_DAYS,
            "vague": lambda: len(self.text) < _VAGUE_CHARS,
            "photo": lambda: "photo" in self._wishes,
            "no_history": lambda: len(case.ticket.conversation) <= len(case.ticket.burst),
            "emotional": lambda: (
                case.analysis.strength >= 1 and case.analysis.emotion not in {"calm", "positive"}
            ),
            "strong": lambda: case.analysis.strength >= _STRONG,
            "escalate": lambda: case.analysis.escalation.needed,
        }

    def _passed(self, topic: str) -> bool | None:
        """Whether a deadline is past; None when there is none."""
        if topic == "product_warranty":
            fact = self.case.fact("product.warranty_until")
        else:
            fact = self.rulings.deadline(topic)
        return fact.passed if fact else None

    def _stock(self, which: str) -> bool:
        if which == "variant_out":
            return self.goods.slot_variant_out() is not None
        units = goods.stock(self.product) if self.product else None
        return units is not None and (units > 0) is (which == "in")

    @cached_property
    def _wishes(self) -> frozenset[str]:
        return wish_finder().names(self.text if self.text.strip() else self.case.ticket.question)

    # --- what is asked, and slots -------------------------------------------------------------

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """The slots of the playbook that are missing and that this situation calls for."""
        return tuple(
            slot
            for slot in self.book.ask
            if slot in self.case.analysis.missing
            and all(self.holds(flag) for flag in self.book.ask_if.get(slot, ()))
        )

    def slot(self, name: str) -> Value | None:
        """The value of a slot, or None if nothing is known."""
        if name.endswith(".policy") or name.startswith("policy"):
            return self.policy.words(name)
        if "." in name:
            return self.rulings.measure(name)
        for words in (self, self.order, self.goods):
            maker = getattr(words, f"slot_{name}", None)
            if maker is not None:
                made: Value | str | None = maker()
                return (
                    Value(made)
                    if isinstance(made, str) and made
                    else made
                    if isinstance(made, Value)
                    else None
                )
        raise ValueError(f"{self.book.intent}: slot {{{name}}}: no such slot")

    def slot_product(self) -> str:
        """What is spoken of, as one would say it."""
        name = self.product.name if self.product else self.meant.item_name
        if not name or self._reworder.internal(name):
            return self.wording.format("item")
        return goods.short_name(name)


def _facet(name: str) -> tuple[str, ...]:
    return vocabulary().facets[name].customer
