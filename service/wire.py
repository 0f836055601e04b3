"""The machine shapes: what a draft, a finding or an event looks like as JSON."""

from dataclasses import asdict
from typing import Any, assert_never

from retrieval.snippet import Hit
from service.analysis import Analysis, Fact
from service.draft import Citation, Commitment, Draft, Finding
from service.event import (
    AnalysisReady,
    Done,
    Event,
    EvidenceReady,
    Failed,
    FindingsReady,
    InstantReady,
    Token,
)


def analysis_json(analysis: Analysis) -> dict[str, Any]:
    """`{intents[], emotion, strength, cause, risks[], escalate, missing[], issues[], …}`."""
    return {
        "intents": list(analysis.intents),
        "emotion": analysis.emotion,
        "strength": analysis.strength,
        "cause": analysis.cause,
        "risks": list(analysis.risks),
        "escalate": analysis.escalation.needed,
        "escalation_reasons": list(analysis.escalation.reasons),
        "missing": list(analysis.missing),
        "language": analysis.language,
        "products": list(analysis.product_ids),
        "issues": [
            {
                "intent": issue.intent,
                "confidence": round(issue.confidence, 3),
                "span": list(issue.span),
                "text": issue.text,
            }
            for issue in analysis.issues
        ],
        "mentioned": [
            {"kind": fact.kind, "text": fact.text, "value": fact.value, "span": list(fact.span)}
            for fact in analysis.mentioned
        ],
    }


def hit_json(hit: Hit) -> dict[str, Any]:
    """One found snippet with its version, validity and why it was found."""
    snippet = hit.snippet
    return {
        "snippet": snippet.id,
        "version": snippet.version,
        "kind": snippet.kind,
        "shop": snippet.shop,
        "heading": snippet.heading,
        "text": snippet.text,
        "effective_from": snippet.effective_from.isoformat() if snippet.effective_from else None,
        "effective_to": snippet.effective_to.isoformat() if snippet.effective_to else None,
        "source": snippet.source,
        "owner": snippet.owner,
        "score": round(hit.score, 4),
        "why": hit.why,
    }


def fact_json(fact: Fact) -> dict[str, Any]:
    """One computed deadline or amount."""
    return {
        "key": fact.key,
        "kind": fact.kind,
        "value": fact.value,
        "derivation": fact.derivation,
        "sources": list(fact.sources),
        "passed": fact.passed,
    }


def citation_json(citation: Citation) -> dict[str, Any]:
    """`{snippet, version, span, quote}`."""
    return {
        "snippet": citation.snippet,
        "version": citation.version,
        "span": list(citation.span),
        "quote": citation.quote,
    }


def commitment_json(commitment: Commitment) -> dict[str, Any]:
    """`{kind, value, span, support, by[]}`."""
    return {
        "kind": commitment.kind,
        "value": commitment.value,
        "span": list(commitment.span),
        "support": commitment.support,
        "by": list(commitment.by),
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """`{type, severity, span, quote, why, why_en, source, fix}`."""
    fix = finding.fix
    return {
        "type": finding.type,
        "severity": finding.severity,
        "span": list(finding.span),
        "quote": finding.quote,
        "why": finding.why,
        "why_en": finding.why_en or finding.why,
        "source": finding.source,
        "fix": {
            "replacement": fix.replacement,
            "safe": fix.safe,
            "span": list(fix.span or finding.span),
        }
        if fix
        else None,
    }


def draft_json(draft: Draft) -> dict[str, Any]:
    """The Draft shape of `warmline draft --json` and `/v1/drafts`."""
    return {
        "id": draft.id,
        "ticket_id": draft.ticket_id,
        "text": draft.text,
        "writer": draft.writer,
        "status": draft.status,
        "analysis": analysis_json(draft.analysis),
        "citations": [citation_json(citation) for citation in draft.citations],
        "commitments": [commitment_json(commitment) for commitment in draft.commitments],
        "findings": [finding_json(finding) for finding in draft.findings],
        "handover": draft.handover,
        "partial": draft.partial,
        "provenance": {
            **asdict(draft.provenance),
            "snippets": list(draft.provenance.snippets),
            "repair_for": list(draft.provenance.repair_for),
        },
        "ms": {stage: round(ms, 2) for stage, ms in draft.ms.items()},
    }


def event_json(event: Event) -> tuple[str, dict[str, Any]]:
    """The event's name and payload, as the API streams them."""
    match event:
        case AnalysisReady(analysis=analysis):
            return "analysis", analysis_json(analysis)
        case EvidenceReady(hits=hits, facts=facts):
            return "evidence", {
                "hits": [hit_json(hit) for hit in hits],
                "facts": [fact_json(fact) for fact in facts],
            }
        case InstantReady(draft=draft):
            return "instant", draft_json(draft)
        case Token(text=text):
            return "token", {"text": text}
        case FindingsReady(findings=findings, commitments=commitments):
            return "findings", {
                "findings": [finding_json(finding) for finding in findings],
                "commitments": [commitment_json(commitment) for commitment in commitments],
            }
        case Done(draft=draft):
            return "done", draft_json(draft)
        case Failed(reason=reason):
            return "failed", {"reason": reason}
        case _:
            assert_never(event)
