"""Composing a complete reply from playbook, policies, order and catalogue, with no model."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from prompts.phrasebook import Phrasebook
from prompts.playbook import Decision, Playbook, Stage
from service.analysis import Issue
from service.case import Case
from service.composing.composition import Composition, Passage, Source, Stated
from service.composing.handover import handover
from service.composing.policy import Ranked
from service.composing.rewording import Reworder
from service.composing.situation import Situation
from service.composing.speaking import Speaker, pick
from service.composing.steering import read_steer
from service.composing.telling import Teller
from service.composing.wording import Wording
from service.draft import Citation
from service.facts.vocabulary import vocabulary, wish_finder

_COURTESIES = frozenset({"praise", "chitchat", "unknown"})
_STRONG = 2
_MORE_PER_ISSUE = 0.3
"""How much longer a reply may grow with each further issue."""
_ENGLISH = 2.4
"""English letters per Chinese character of the same content."""
_SHORTER = 0.6
"""Share of the usual length when the agent asks for a shorter draft."""
_TRIMS = (1.0, 0.7, 0.45, 0.25)
"""Shares of the policy budget, tried in turn until the reply is short enough."""
_RISKS = ("self_harm", "safety", "regulator", "legal", "media", "fraud", "authority")


def compose(
    case: Case, *, playbooks: Mapping[str, Playbook], phrasebook: Phrasebook, candidate: int = 0
) -> Composition:
    """The reply to a case; candidates beyond 0 take other decisions that the playbook allows."""
    steer = read_steer(case.ticket.instruction)
    limit = _limit(case) * (_SHORTER if steer.shorter else 1)
    made: Composition | None = None
    cache: Ranked = {}
    for trim in range(2 if steer.shorter else 0, len(_TRIMS)):
        made = _Reply(case, playbooks, phrasebook, candidate=candidate, trim=trim, cache=cache).composition()
        if len(made.text) <= limit:
            break
    assert made is not None
    return made


def _language(case: Case) -> str:
    locale = (case.ticket.locale or case.analysis.language)[:2]
    return locale if locale in {"zh", "en"} else "zh"


def _issues(case: Case) -> tuple[Issue, ...]:
    """One issue per intent, in the order raised; courtesies only if there is nothing else."""
    merged: dict[str, Issue] = {}
    for issue in case.analysis.issues:
        known = merged.get(issue.intent)
        merged[issue.intent] = replace(known, text=f"{known.text} {issue.text}") if known else issue
    matters = tuple(issue for issue in merged.values() if issue.intent not in _COURTESIES)
    matters = matters or tuple(merged.values())[:1]
    if len(matters) == 1:  # the whole message is about it, not only the words that gave it away
        return (replace(matters[0], text=case.ticket.question[:_QUESTION_MAX]),)
    return matters


def _limit(case: Case) -> float:
    more = 1 + _MORE_PER_ISSUE * (len(_issues(case)) - 1) + (0.2 if case.analysis.escalation.needed else 0)
    return case.shop.service_levels.chat_max_chars * more * (_ENGLISH if _language(case) == "en" else 1)


@dataclass(slots=True)
class _Part:
    """One issue's part of the reply."""

    situation: Situation
    decision: Decision
    passages: list[Passage]
    asks: list[str]


class _Reply:
    def __init__(
        self,
        case: Case,
        playbooks: Mapping[str, Playbook],
        phrasebook: Phrasebook,
        *,
        candidate: int,
        trim: int,
        cache: Ranked,
    ) -> None:
        self._case, self._candidate, self._trim = case, candidate, trim
        self._lines = phrasebook.lines
        self._wording = Wording(phrasebook, _language(case), case.now)
        self._steer = read_steer(case.ticket.instruction)
        self._speaker = Speaker(phrasebook.lines, case.ticket.id)
        self._stated = Stated()
        reworder, teller = Reworder(phrasebook.rewording), Teller(phrasebook, self._wording)
        issues = _issues(case)
        order = list(case.analysis.issues)
        base = case.shop.service_levels.chat_max_chars * (_ENGLISH if self._wording.language == "en" else 1)
        share = base * (0.5 if len(issues) == 1 else 0.36 if len(issues) == 2 else 0.27)
        self._situations = []
        for issue in issues:
            situation = Situation(
                case,
                issue,
                playbooks[issue.intent] if issue.intent in playbooks else playbooks["unknown"],
                query=next(i for i, each in enumerate(order) if each.intent == issue.intent),
                reworder=reworder,
                wording=self._wording,
                teller=teller,
                stated=self._stated,
                budget=int(share * _TRIMS[trim]),
                cache=cache,
            )
            if not self._absorbed(situation, playbooks):
                self._situations.append(situation)
        self._offered = False
        self._strong = case.analysis.strength >= _STRONG

    def _absorbed(self, situation: Situation, playbooks: Mapping[str, Playbook]) -> bool:
        """Whether another issue's playbook answers this one within its own part."""
        return any(
            situation.issue.intent in playbooks[other.intent].absorbs
            and all(situation.holds(flag) for flag in playbooks[other.intent].absorbs[situation.issue.intent])
            for other in _issues(self._case)
            if other.intent in playbooks
        )

    def composition(self) -> Composition:
        """The whole reply."""
        if "self_harm" in self._case.analysis.risks:
            return self._for_the_person()
        opening = self._opening()
        parts = [self._part(index, situation) for index, situation in enumerate(self._situations)]
        blocks: list[list[Passage]] = []
        if len(parts) == 1:
            blocks += self._single(opening, parts[0])
        else:
            several = self._say("layout.several")
            blocks.append([*opening, *several])
            for number, part in enumerate(parts, 1):
                blocks.append([Passage(f"{number}. "), *part.passages])
        blocks.append(self._steered())
        blocks.append(self._cautions())
        blocks.append(self._asking(parts))
        blocks.append(self._escalation())
        blocks.append(self._closing(parts))
        return self._assembled([block for block in blocks if block], parts)

    def _for_the_person(self) -> Composition:
        """Where a life may be at stake the reply speaks of nothing else (P20)."""
        greeting = self._greeting()
        blocks = [[*greeting, *self._say("empathy.distressed")], self._say("escalate.self_harm")]
        return self._assembled([block for block in blocks if block], [])

    # --- parts --------------------------------------------------------------------------------

    def _part(self, index: int, situation: Situation) -> _Part:
        decision = self._decision(index, situation)
        situation.policy.decide(decision)
        moves = situation.book.moves.strong if self._strong else situation.book.moves.calm
        part = _Part(situation=situation, decision=decision, passages=[], asks=list(situation.asked))
        self._offered = False
        for stage in moves:
            part.passages += self._stage(stage, decision, situation)
            if stage == "answer":
                part.passages += self._grounds(part)
            self._offered |= any(
                word in passage.text for passage in part.passages for word in vocabulary().choices
            )
        if not any(passage.text for passage in part.passages):
            part.passages += self._say("verify.plain", situation)
        return part

    def _grounds(self, part: _Part) -> list[Passage]:
        """What the policies say to the point, where the playbook's own lines say nothing of it."""
        quoted = any(passage.quotes for passage in part.passages)
        return [] if quoted or part.decision.alone else self._say("policy.sure", part.situation)

    def _decision(self, index: int, situation: Situation) -> Decision:
        """The first decision whose flags hold; for another candidate, a further one."""
        fitting = [
            decision
            for decision in situation.book.decisions
            if all(situation.holds(flag) for flag in decision.needs)
        ] or [situation.book.decisions[-1]]
        wanted = self._candidate if index == 0 else 0
        return fitting[min(wanted, len(fitting) - 1)]

    def _stage(self, stage: Stage, decision: Decision, situation: Situation) -> Iterator[Passage]:
        if stage == "options":
            if not self._offered:
                yield from self._options(decision, situation)
            return
        moves = {"answer": decision.answer, "next": decision.next, "extra": decision.extra}.get(stage, ())
        if stage == "extra" and self._trim:
            return
        for move in moves:
            yield from self._say(move, situation)

    def _options(self, decision: Decision, situation: Situation) -> Iterator[Passage]:
        said = [passage for move in decision.options for passage in self._say(move, situation)]
        if not said:
            return
        texts = [passage.text for passage in said]
        if len(texts) > 1:
            marks = "①②③④"
            texts = [
                f"{marks[place]}{' ' if self._wording.language == 'en' else ''}{text}"
                for place, text in enumerate(texts)
            ]
        sources = tuple(source for passage in said for source in passage.sources)
        sources += tuple(self._granted(decision, situation))
        extra = {"options": self._wording.list(texts)}
        lead = "options.lead" if len(texts) > 1 else "options.single"
        for passage in self._say(lead, situation, extra=extra):
            yield Passage(passage.text, (*passage.sources, *sources))

    def _granted(self, decision: Decision, situation: Situation) -> Iterator[Source]:
        """The sentences that allow the options shown."""
        for move in decision.options:
            for flag in self._lines[move].needs if move in self._lines else ():
                found = (
                    situation.rulings.allows(flag.removeprefix("allows."), situation.policy.ranked)
                    if flag.startswith("allows.")
                    else None
                )
                yield from found.sources if found else ()

    # --- around the parts ---------------------------------------------------------------------

    def _opening(self) -> list[Passage]:
        opening = self._greeting()
        if not self._answered and not self._emotional and self._agent:
            opening += self._say("salutation.persona")
        return opening + self._empathy() + self._promised() + self._own()

    @property
    def _answered(self) -> bool:
        return any(turn.role == "agent" for turn in self._case.ticket.conversation)

    def _greeting(self) -> list[Passage]:
        again = "again" if self._answered else "first"
        nickname = self._nickname()
        address = self._case.shop.voice.address if self._wording.language == "zh" else ""
        greets = "\u60a8\u597d" in address
        kind = (
            "named"
            if nickname
            else "plain"
            if (address and not greets) or self._wording.language == "en"
            else "bare"
        )
        extra = {"nickname": nickname, "address": address}
        return self._say(f"salutation.{again}_{kind}", extra=extra)

    def _promised(self) -> list[Passage]:
        """What was promised on this order before binds this reply, too (P06)."""
        order = self._case.ticket.order
        if not order or not order.promises_made or self._situations[0].book.cls in {"outreach", "pre_sale"}:
            return []
        return self._say("own.promise_late | own.promise")

    @property
    def _agent(self) -> str:
        return self._case.shop.voice.agent_name if self._wording.language == "zh" else ""

    @property
    def _emotional(self) -> bool:
        return self._case.analysis.strength >= 1 and self._case.analysis.emotion not in {"calm", "positive"}

    @property
    def _main(self) -> Situation:
        """The gravest matter: the opening speaks to it."""
        return max(self._situations, key=lambda each: _WEIGHT.get(each.book.cls, 0))

    def _nickname(self) -> str:
        name = (self._case.ticket.nickname or "").strip()
        plain = all(sign.isalnum() or sign in "·._- *" for sign in name)
        return name if name and plain and len(name) <= _NAME_MAX and sum(map(str.isdigit, name)) < 6 else ""

    def _empathy(self) -> list[Passage]:
        analysis = self._case.analysis
        if not self._emotional:
            return []
        main = self._main
        emotion = analysis.emotion
        for name in (f"{emotion}_{main.issue.intent}", f"{emotion}_{main.book.cls}", emotion):
            if f"empathy.{name}" in self._lines:
                said = self._say(f"empathy.{name}", main)
                if said:
                    return said
        return []

    def _own(self) -> list[Passage]:
        if not self._strong or self._case.analysis.escalation.needed:
            return []
        if "own" not in self._main.book.moves.strong:
            return []
        return self._say("own.plain" if self._agent else "own.bare")

    def _asking(self, parts: Sequence[_Part]) -> list[Passage]:
        wanted: dict[str, str] = {}
        for part in parts:
            for slot in part.asks:
                wanted.setdefault(slot, part.situation.book.ask_as.get(slot, f"ask.{slot}"))
        texts = [self._lines[name].of(self._wording.language)[0] for name in wanted.values()]
        if not texts:
            return []
        joined = texts[0]
        if len(texts) > 1:
            joined = self._wording.list(texts[:-1]) + self._wording.format("and") + texts[-1]
        lead = "ask.lead_question" if any(part.decision.action == "ask" for part in parts) else "ask.lead_one"
        return self._say(lead, parts[0].situation, extra={"ask": joined})

    def _steered(self) -> list[Passage]:
        """What the agent's steer asks for, in the words of the policies; nothing that they do not say."""
        steer, main = self._steer, self._main
        warm = self._say("steer.warm") if steer.warmer and not self._emotional else []
        if not steer.mention:
            return warm
        found = main.policy.about(steer.mention, query=len(self._case.analysis.issues))
        if found is None:
            return warm
        said = self._say("steer.mention", main, extra={"mention": found.text})
        return [*warm, *(Passage(passage.text, found.sources) for passage in said)]

    def _cautions(self) -> list[Passage]:
        """What must be said when the customer's words touch codes, private deals, scams or paid reviews."""
        touched = wish_finder().names(self._case.ticket.question)
        cautions = [name for name in _CAUTIONS if name in touched]
        return [passage for name in cautions[:2] for passage in self._say(f"safety.{name}")]

    def _escalation(self) -> list[Passage]:
        escalation = self._case.analysis.escalation
        if not escalation.needed:
            return []
        reasons = {*escalation.reasons, *self._case.analysis.risks}
        name = next((risk for risk in _RISKS if risk in reasons), "plain")
        return self._say(f"escalate.{name}")

    def _closing(self, parts: Sequence[_Part]) -> list[Passage]:
        if self._strong:
            follows = any("follow_up" in part.situation.book.moves.strong for part in parts)
            if follows and not self._case.analysis.escalation.needed and not self._trim:
                return self._say("closing.follow_up")
            return [] if self._trim else self._say("closing.patience")
        asks = any(part.asks for part in parts) or any(part.decision.action == "ask" for part in parts)
        if self._emotional or asks or self._trim or self._case.analysis.escalation.needed:
            return []
        if any(part.situation.book.cls in {"outreach", "complaint", "other"} for part in parts):
            return []
        return self._friendly()

    def _friendly(self) -> list[Passage]:
        voice = self._case.shop.voice
        if voice.closing and self._wording.language == "zh":
            return [Passage(voice.closing)]
        light = voice.emoji == "free" or (
            voice.emoji == "sparing" and pick(self._case.ticket.id, "emoji", 3) == 0
        )
        return self._say("closing.light" if light else "closing.calm")

    def _say(
        self, move: str, situation: Situation | None = None, *, extra: Mapping[str, str] | None = None
    ) -> list[Passage]:
        passage = self._speaker.say(move, situation or self._situations[0], extra=extra)
        return [passage] if passage and passage.text.strip() else []

    # --- putting together ---------------------------------------------------------------------

    def _single(self, opening: list[Passage], part: _Part) -> list[list[Passage]]:
        """Opening and answer in one breath when short; apart when feelings come first."""
        if self._emotional:
            return [opening, part.passages]
        return [[*opening, *part.passages]]

    def _assembled(self, blocks: Sequence[Sequence[Passage]], parts: Sequence[_Part]) -> Composition:
        gap = "" if self._wording.language == "zh" else " "
        text = ""
        cited: dict[tuple[str, str], Citation] = {}
        for block in blocks:
            if text:
                text = text.rstrip() + "\n"
            for place, passage in enumerate(block):
                if place and gap and not text.endswith((" ", "\n")):
                    text += gap
                start = len(text)
                text += passage.text
                for source in passage.sources:
                    identity, _, version = source.snippet.rpartition("@")
                    cited.setdefault(
                        (source.snippet, source.quote),
                        Citation(
                            snippet=identity,
                            version=version,
                            span=(start, len(text.rstrip())),
                            quote=source.quote,
                        ),
                    )
        return Composition(
            text=text.strip(),
            citations=tuple(cited.values()),
            decision="+".join(f"{part.situation.book.intent}.{part.decision.id}" for part in parts)
            or "the_person",
            handover=handover(
                self._case, [each.book for each in self._situations], self._wording, self._lines
            ),
        )


_CAUTIONS = ("phishing", "secret", "off_platform", "paid_review")
_NAME_MAX = 16
_QUESTION_MAX = 300
_WEIGHT = {"complaint": 5, "after_sale": 4, "logistics": 3, "order": 2, "pre_sale": 1}
