"""Verdicts on a world so far, for whoever watches it: what is broken with the lines that broke it, and what held."""

from typing import Any

from fakeseed.judge.evaluate import judge, verdict_view
from fakeseed.judge.registry import known_rules


def verdicts_so_far(entries: list[dict[str, Any]], rate: float | None) -> dict[str, Any]:
    """What the judge says of a journal's entries. Raises UsageError."""
    judgement = judge(entries, rate=rate)
    return {
        "broken": [verdict_view(one, judgement.history) | _about(one.rule) for one in judgement.broken],
        "held": [{"rule": rule, **_about(rule)} for rule in judgement.outcome("held")],
        "not_exercised": len(judgement.outcome("not exercised")),
        "count": judgement.count(),
    }


def _about(name: str) -> dict[str, str]:
    rule = known_rules()[name]
    return {"statement": rule.statement, "rationale": rule.rationale, "source": rule.source}
