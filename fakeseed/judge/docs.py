"""The page of all rules, made from the rules themselves."""

from collections import Counter

from fakeseed.judge.registry import AREAS, known_rules
from fakeseed.judge.rule import RETRY_KINDS, SEVERITIES, Rule

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

**Green is earned.** A client that sent no request, could not start, or was stopped before its end *could not be
judged*: exit 2, an error in JUnit, `"passed": null` in JSON. The report says which variables it was given, shows the
end of its output, and names other keys under which requests came; with `--intercept` any key leads into the judged
world. A client that hangs, is killed, or fails where nothing goes wrong is broken, whatever the rules say. Where the
trouble of a scenario never struck, its row says so in place of a tick; `--require-struck` makes that a failure, and
`--require money,errors` fails unless these areas were put to the test.

**What a rule can see.** The journal: requests, answers, and what became of tasks and assets. What stays inside a client
is seen only where it shows: a wrong secret that is answered with 2xx, exit code 0 after a failed task, a log line that
is nowhere in the output. Where that evidence is missing, the rule is not exercised. In doubt no client is accused:
what the set-up of a scenario made is never the client's, and what the judge cut short is never held against it.

**Retries.** Rules about retries say which kind of mistake they find, by Wasabi (SOSP 2024): {kinds}.

**Time.** World time passes because the client waits. A client in Python or JavaScript, and what it starts, loads a
preload (by `PYTHONPATH`, `NODE_OPTIONS`): `time.sleep`, waits of threads with a timeout, asyncio's and trio's timers,
`setTimeout`, `timers/promises` and `Atomics.wait` move the world's clock to the earliest moment that anybody waits for,
as soon as nobody runs and no request is being answered; its clocks tell the world's time. Start-up, processor time and
a busy machine cost no world time, the same client leaves the same journal, and limits of requests stay what they are:
5 s of a blocking socket are 5 s. Answers that a fault holds back (`hang`, `latency`, `drip`) are held in world time.
Pauses below 10 ms are real; as long as a program of another kind runs below the client, so are its pauses.

Where no preload reports (`python -I`, another language) the client is started anew on the clock of libfaketime, where
that is installed. Its rate is the highest, up to `--rate`, at which ten of the server's slowest answers so far fit into
5 s of the client; the world's clock stands while a request is answered, and until the first one. Without libfaketime it
runs in real time; `--pace fast` and `--timeout` are for that. The report says which of the three it was. A client that
nothing can wake any more, or that wakes 100 times in 130 minutes of a world in which nothing happens, is stopped.

What each language needs: JVMs get proxy and trust store by `JAVA_TOOL_OPTIONS` with `--intercept`; Go, Rust, curl and
others that read `HTTPS_PROXY` and `SSL_CERT_FILE` need nothing.

Rules about intervals count the client's own seconds, rules about expiry the world's. `rate=None` leaves rules about
intervals out, for clients whose time nobody knows.

**Exceptions.** `--allow RULE` or `allow=[RULE]` takes a rule or an area. Each rule says below when that is right.
"""


def rules_page() -> str:
    """All rules as one page of Markdown."""
    rules = known_rules()
    counts = Counter(rule.severity for rule in rules.values())
    severities = ", ".join(f"{counts[severity]} {severity}s" for severity in SEVERITIES).replace("advices", "advice")
    parts = [HEAD.format(count=len(rules), severities=severities, kinds=", ".join(f"*{kind}*" for kind in RETRY_KINDS))]
    for area, about in AREAS.items():
        parts.append(f"\n## {area}: {about[0].lower()}{about[1:]}\n")
        for name, rule in rules.items():
            if name.startswith(f"{area}/"):
                parts.append(
                    f"\n### {name}\n\n**{rule.statement}** ({rule.severity}{_retry(rule)})\n\n{rule.rationale} "
                    f"[Source]({rule.source}).\n\n"
                    f"Evidence: {rule.evidence}\n\nException: {rule.exception}\n"
                )
    return "".join(parts)


def _retry(rule: Rule) -> str:
    """What a rule says about retries."""
    return f"; retries: {rule.retry}" if rule.retry else ""
