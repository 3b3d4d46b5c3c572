"""The page of all rules, made from the rules themselves."""

from collections import Counter

from fakeseed.judge.registry import AREAS, known_rules
from fakeseed.judge.rule import SEVERITIES

HEAD = """\
# The judge: is this client correct?

What a correct client does, as {count} rules: {severities}. Made by `fakeseed rules --page`; do not edit.

```sh
fakeseed judge -- python my_client.py                          # in a world where nothing goes wrong
fakeseed judge --scenario network --html seen.html -- my-cli   # in all scenarios of a group, with a picture of each
fakeseed judge --all --allow polling/jitter --junit judge.xml -- my-cli
fakeseed judge --journal journal.json                          # what a server has already seen
```

In Python: `fakeseed.judge.judge(journal, allow=["polling/jitter"], rate=1.0)`; in a test `fakeseed.judge()` of the
fixture; for a function of a library, driven through worlds that Hypothesis invents, `fakeseed.judge.hold(client)`.

**Verdicts.** *held*: the rule was put to the test and kept. *broken*: it was not, and these journal lines show it.
*not exercised*: nothing put it to the test, which says nothing about the client; other scenarios may. *allowed*:
broken, and passed on purpose. Advice never makes a client fail unless `--fail-on advice` says so.

**What a rule can see.** The journal: requests, answers, and what became of tasks and assets. What stays inside a client
is seen only where it shows: a wrong secret that is answered with 2xx, exit code 0 after a failed task, a log line that
is nowhere in the output. Where that evidence is missing, the rule is not exercised. In doubt no client is accused.

**Time.** Worlds run at `--rate` world seconds a real second. Where libfaketime is installed the client's clock runs at
that rate too, so a client that polls every 10 s for 10 min is judged in seconds; elsewhere it sleeps in real time and
only the world is fast. Rules about intervals count the client's own seconds, rules about expiry the world's.
What does not shrink: processor and network time count RATE times in the world, timeouts of a client whose clock runs
fast are RATE times shorter, programs that are linked statically keep their clock, and lengths below 1 s / RATE mean
nothing. `rate=None` leaves rules about intervals out, for clients whose time nobody knows.

**Exceptions.** `--allow RULE` or `allow=[RULE]` takes a rule or an area. Each rule says below when that is right.
"""


def rules_page() -> str:
    """All rules as one page of Markdown."""
    rules = known_rules()
    counts = Counter(rule.severity for rule in rules.values())
    severities = ", ".join(f"{counts[severity]} {severity}s" for severity in SEVERITIES).replace("advices", "advice")
    parts = [HEAD.format(count=len(rules), severities=severities)]
    for area, about in AREAS.items():
        parts.append(f"\n## {area}: {about[0].lower()}{about[1:]}\n")
        for name, rule in rules.items():
            if name.startswith(f"{area}/"):
                parts.append(
                    f"\n### {name}\n\n**{rule.statement}** ({rule.severity})\n\n{rule.rationale} "
                    f"[Source]({rule.source}).\n\n"
                    f"Evidence: {rule.evidence}\n\nException: {rule.exception}\n"
                )
    return "".join(parts)
