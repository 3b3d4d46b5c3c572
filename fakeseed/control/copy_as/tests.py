"""Steps as a test: a pytest test, or a scenario file. Both bring a world of their own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from fakeseed.control.copy_as.recording import RecordedStep, filled, parts
from fakeseed.control.copy_as.scripts import TEXT_OF, about, curl, fetch, httpx, python_arguments, python_capture
from fakeseed.control.views import span_text
from fakeseed.faults.registry import known_faults
from fakeseed.model.times import with_nanoseconds
from fakeseed.world.world import World


class Setting(msgspec.Struct, frozen=True):
    """What a copied test has to know of the world: how it is set up, and the orders of armed faults by id."""

    world: dict[str, Any]
    faults: Mapping[str, dict[str, Any]]


def setting_of(world: World, begin: int) -> Setting:
    """How a world has to be so that the same requests get the same answers, from an instant on."""
    account = world.account
    own = {"concurrency": account.concurrency} if account.concurrency is not None else {}
    setup = {
        "plan": account.plan,
        "profile": account.profile,
        "pace": account.pace,
        "seed": account.seed,
        "points": account.balances.granted,
        "at": with_nanoseconds(begin),
        "clock": "frozen",
        **own,
    }
    return Setting(setup, {armed.fault_id: armed.order for armed in account.faults})


def _faults_of(step: RecordedStep, setting: Setting) -> Iterator[dict[str, Any]]:
    """Orders that let the same faults strike a request again, as far as they are still armed."""
    for name in step.faults:
        order = setting.faults.get(name.partition("(")[2].rstrip(")"))
        if order is not None:
            conditions = ("on", "nth", "times", "always", "probability", "after", "for", "task_type")
            yield {word: value for word, value in order.items() if word not in conditions} | {
                "on": f"{step.method} {filled(step.path, '*').partition('?')[0]}"
            }


def _lost(step: RecordedStep) -> bool:
    """Whether the client had no answer."""
    names = [name.partition(" (")[0] for name in step.faults]
    return any(known_faults()[name].real_socket for name in names if name in known_faults())


def pytest_test(steps: Sequence[RecordedStep], setting: Setting) -> str:
    """A test that the pytest plugin runs."""
    options = ", ".join(f"{name}={value!r}" for name, value in setting.world.items())
    lines = [f'"""{about(steps)[0].upper()}{about(steps)[1:].partition(".")[0]}, as a test."""', ""]
    lines += ["import contextlib", "import re", "", "import httpx", "import pytest", "", "", TEXT_OF, "", ""]
    lines += [f"@pytest.mark.fakeseed({options})", "def test_requests_get_the_same_answers(fakeseed):"]
    lines += [
        '    client = httpx.Client(base_url=fakeseed.base_url, headers={"X-API-Key": fakeseed.api_key}, timeout=60)'
    ]
    for step in steps:
        lines += [f"    {line}" for line in _pytest_step(step, setting)]
    return "\n".join([*lines, ""])


def _pytest_step(step: RecordedStep, setting: Setting) -> Iterator[str]:
    if step.gap:
        yield f"fakeseed.clock.advance({span_text(step.gap)!r})"
    for order in _faults_of(step, setting):
        words = ", ".join(
            f"{name.replace('for', 'for_')}={value!r}" for name, value in order.items() if name != "fault"
        )
        yield f"fakeseed.faults.arm({order['fault']!r}, {words})"
    request = f"response = client.request({python_arguments(step)})"
    if _lost(step):
        yield f"with contextlib.suppress(httpx.HTTPError):\n        {request}"
        return
    yield request
    if not step.faults or any(_faults_of(step, setting)):
        yield f"assert response.status_code == {step.status}, response.text"
    yield from map(python_capture, step.captures)


def scenario(steps: Sequence[RecordedStep], setting: Setting) -> str:
    """A scenario file. What looks like a name in a client's text (``${...}``) is taken apart, since files have no other
    way to say it.
    """
    from yaml import safe_dump  # takes 20 ms

    made_by = _videos(steps)
    file = {
        "title": "Requests of a client, as they came",
        "about": f"Copied from a world's journal: {len(steps)} requests, with the world time between them.",
        "client": "Say here what a correct client does.",
        "source": "https://example.com/where-it-was-seen",
        "world": setting.world,
        "steps": [one for step in steps for one in _scenario_step(step, setting, made_by)],
    }
    return str(safe_dump(file, sort_keys=False, allow_unicode=True, width=110))


def _videos(steps: Sequence[RecordedStep]) -> dict[str, str]:
    """A video's variable -> the task's, as far as the answer that told of it was about one task."""
    found: dict[str, str] = {}
    for step in steps:
        tasks = [piece for marked, piece in parts(step.path) if marked]
        found |= {one.variable: tasks[0] for one in step.captures if one.path and tasks}
    return found


def _scenario_step(step: RecordedStep, setting: Setting, made_by: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    if step.gap:
        yield {"advance": span_text(step.gap)}
    for order in _faults_of(step, setting):
        yield {"arm": order}
    expect: dict[str, Any] = {"status": step.status} | ({"refused_by": step.refused} if step.refused else {})
    made = next((one.variable for one in step.captures if not one.path), "")
    named = {"as": made} if made else {}
    yield {**_verb(step, made_by), **named, "expect": {"lost": "any"} if _lost(step) else expect}


def _verb(step: RecordedStep, made_by: Mapping[str, str]) -> dict[str, Any]:
    """What a step does: the download of a task's video, or any request."""
    marked, piece = (parts(step.path) or [(False, "")])[0]
    if marked and piece in made_by:
        span = {"range": step.headers["range"]} if "range" in step.headers else {}
        return {"download": made_by[piece], **span}
    request: dict[str, Any] = {"method": step.method, "path": _named(step.path)}
    body = step.json
    if body is not msgspec.UNSET:
        request["json"] = msgspec.json.decode(_named(msgspec.json.encode(body).decode()))
    elif step.body:
        request["json"] = _named(step.body)
    headers = {name: value for name, value in step.headers.items() if name != "content-type"}
    return {"request": {**request, **({"headers": headers} if headers else {})}}


def _named(text: str) -> str:
    """A text with its variables as scenario files write them."""
    return filled(text.replace("${", "$ {"), "${{{}}}")


Render = Callable[[Sequence[RecordedStep], Setting], str]
FORMS: dict[str, Render] = {
    "curl": lambda steps, _: curl(steps),
    "httpx": lambda steps, _: httpx(steps),
    "fetch": lambda steps, _: fetch(steps),
    "pytest": pytest_test,
    "scenario": scenario,
}
"""What a request may be copied as."""
ALONE = frozenset({"curl", "httpx", "fetch"})
"""Forms in which one request stands alone, with its ids as they were: it is for the same world."""
