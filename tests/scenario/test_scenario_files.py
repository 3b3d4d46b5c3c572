"""Scenario files: a mistake is told where it stands, no file does harm, and a setup comes into a world whole or not."""

import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakeseed.errors import UsageError
from fakeseed.faults.arming import CONDITIONS
from fakeseed.faults.registry import known_faults
from fakeseed.scenario.docs import descriptions
from fakeseed.scenario.find import find_scenario, known_scenarios, read_file
from fakeseed.scenario.parse import MAX_BYTES, SHAPES, read_scenario, read_setup
from fakeseed.scenario.schema import schema
from fakeseed.scenario.schema_types import ACTS, VERBS, Scenario
from tests.conftest import Api
from tests.support.scenarios import HEAD, scenario, text_of, written

HEADER = "title: t\nabout: a\nclient: c\nsource: s\n"


def mistake(text: str) -> UsageError:
    """What is wrong with a file."""
    with pytest.raises(UsageError) as caught:
        read_scenario(text, "own.yaml")
    return caught.value


# -- mistakes, by place -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("tittle: x", "line 5, tittle: there is no key 'tittle' here; did you mean 'title'?"),
        ("world:\n  plann: x", "line 6, world.plann: there is no key 'plann' here; did you mean 'plan'?"),
        (
            "world:\n  assets:\n    - as: a\n      nmae: x",
            "line 8, world.assets[0].nmae: there is no key 'nmae' here; did",
        ),
        ("receiver: {answer: [1]}", "line 5, receiver.answer: there is no key 'answer' here; did you mean 'answers'?"),
        (
            "timeline:\n  - at: 1\n    sett: {}",
            "line 7, timeline[0].sett: there is no key 'sett' here; did you mean 'set'",
        ),
        (
            "timeline:\n  - at: 1\n    set:\n      pase: x",
            "line 8, timeline[0].set.pase: there is no key 'pase' here; did",
        ),
        ("steps:\n  - creat: {}", "line 6, steps[0].creat: there is no key 'creat' here; did you mean 'create'?"),
        ("steps:\n  - wait: {untill: x}", "line 6, steps[0].wait.untill: there is no key 'untill' here; did you mean"),
        (
            "steps:\n  - request: {methd: x}",
            "line 6, steps[0].request.methd: there is no key 'methd' here; did you mean",
        ),
        (
            "steps:\n  - list: {}\n    expect:\n      stat: 1",
            "line 8, steps[0].expect.stat: there is no key 'stat' here; ",
        ),
        ("expect:\n  task: {}", "line 6, expect.task: there is no key 'task' here; did you mean 'tasks'?"),
        (
            "expect:\n  requests:\n    - coun: 1",
            "line 7, expect.requests[0].coun: there is no key 'coun' here; did you m",
        ),
        (
            "expect:\n  webhooks:\n    - secrt: 1",
            "line 7, expect.webhooks[0].secrt: there is no key 'secrt' here; did yo",
        ),
        # kinds of values
        ("world: [1]", "line 5, world: expected `object`, got `array`"),
        ("world:\n  points: many", "line 6, world.points: expected `int | null`, got `str`"),
        ("world:\n  assets:\n    - as: hero\n      status: Gone", "line 8, world.assets[0].status: invalid enum value"),
        ("world:\n  assets:\n    - as: hero\n      count: 0", "line 8, world.assets[0].count: expected `int` >= 1"),
        ("world:\n  rate: 0", "line 6, world.rate: expected `float` >= 1e-06"),
        ("steps: 5", "line 5, steps: expected `array`, got `int`"),
        ("steps:\n  - times: 1.5", "line 6, steps[0].times: expected `int`, got `float`"),
        (
            "steps:\n  - request:\n      method: GET\n      path: /\n      headers: {a: 1}",
            "line 9, steps[0].request.headers[",
        ),
        ("receiver:\n  answers: [yes]", "line 6, receiver.answers[0]: expected `int`, got `str`"),
        # what must be there
        ("world:\n  assets:\n    - url: x", "line 7, world.assets[0]: as is missing"),
        ("timeline:\n  - hold: task 1", "line 6, timeline[0]: at is missing"),
        ("steps:\n  - wait: {task: task 1}", "line 6, steps[0].wait: until is missing"),
        # verbs
        ("steps:\n  - list: {}\n    get: task 1", "line 6, steps[0]: verbs get and list stand together; say one"),
        ("steps:\n  - times: 2", "line 6, steps[0]: there is no verb; say one"),
        ("timeline:\n  - at: 1", "line 6, timeline[0]: there is no act; say one"),
        (
            "timeline:\n  - at: 1\n    hold: task 1\n    fail: task 1",
            "line 6, timeline[0]: acts fail and hold stand toge",
        ),
        ("timeline:\n  - at: 1\n    hold: task 1\n    cause: x", "line 8, timeline[0].cause: cause says of what"),
        ("steps:\n  - wait: {until: x}", "line 6, steps[0].wait: there is no record; say one"),
        ("steps:\n  - wait: {until: x, task: task 1, asset: asset 1}", "line 6, steps[0].wait: records task and asset"),
        (
            "steps:\n  - advance: 5\n    expect: {status: 200}",
            "line 7, steps[0].expect: expect means nothing beside adva",
        ),
        ("steps:\n  - advance: 5\n    times: 2", "line 7, steps[0].times: times means nothing beside advance"),
        ("steps:\n  - list: {}\n    range: bytes=0-", "line 7, steps[0].range: range means nothing beside list"),
        ("steps:\n  - get: task 1\n    as: x", "line 7, steps[0].as: as means nothing beside get"),
        # faults
        ("faults:\n  - fault: staus", "line 6, faults[0].fault: unknown fault 'staus'; did you mean 'status'?"),
        ("faults:\n  - on: POST task", "line 6, faults[0]: the order names no fault"),
        (
            "faults:\n  - fault: stuck\n    alwys: true",
            "line 7, faults[0].alwys: fault stuck has no option 'alwys'; did you",
        ),
        ("faults:\n  - fault: status\n    status: 999", "line 6, faults[0]: fault status: Expected `int` <= 599"),
        (
            "faults:\n  - fault: stuck\n    on: GET task",
            "line 6, faults[0]: fault stuck: it makes no sense on 'GET task'",
        ),
        ("faults:\n  - fault: stuck\n    after: -5", "line 6, faults[0]: fault stuck: a span of -5"),
        ("steps:\n  - arm: {fault: drop}", "line 6, steps[0].arm.fault: unknown fault 'drop'"),
        (
            "steps:\n  - arm:\n      fault: stuck\n      ons: x",
            "line 8, steps[0].arm.ons: fault stuck has no option 'ons'",
        ),
        (
            "expect:\n  faults:\n    latncy: 1",
            "line 7, expect.faults.latncy: unknown fault 'latncy'; did you mean 'latency",
        ),
        ("expect:\n  points: {frozn: 1}", "expect.points.frozn: unknown balance 'frozn'; did you mean 'frozen'?"),
        ("expect:\n  points: {frozen: prise of a}", "expect.points.frozen: 'prise of a' is no amount of points"),
        ("expect:\n  points: {frozen: price of a}", "expect.points: nothing is called 'a'"),
        (
            "expect:\n  requests: [{count: 1, fault: clos}]",
            "line 6, expect.requests[0].fault: unknown fault 'clos'; did",
        ),
        # words
        ("world:\n  plan: premum", "line 6, world.plan: unknown plan 'premum'; did you mean 'premium'?"),
        ("world:\n  pace: fats", "line 6, world.pace: unknown pace 'fats'; did you mean 'fast'?"),
        ("world:\n  profile: curent", "line 6, world.profile: unknown profile 'curent'; did you mean 'current'?"),
        ("world:\n  points: -1", "line 6, world.points: points must lie in 0.."),
        ("world:\n  at: tomorrow", "line 6, world.at: 'tomorrow' is not a time; write RFC 3339"),
        ("world:\n  assets:\n    - as: hero\n      code: DownloadFaild", "line 8, world.assets[0].code: unknown code"),
        (
            "timeline:\n  - at: 1\n    set: {plan: hobyist}",
            "line 7, timeline[0].set.plan: unknown plan 'hobyist'; did you",
        ),
        (
            "timeline:\n  - at: 1\n    fail: task 1\n    cause: interal-error",
            "line 8, timeline[0].cause: unknown cause",
        ),
        (
            "steps:\n  - list: {}\n    expect:\n      refused_by: task.concurency",
            "line 8, steps[0].expect.refused_by: unknown refusing behaviour 'task.concurency'; did you mean 'task.conc",
        ),
        # spans
        ("world:\n  step: -1", "line 6, world.step: a span of -1"),
        ("world:\n  assets:\n    - as: hero\n      idle: soon", "line 8, world.assets[0].idle: 'soon' is not a span"),
        ("timeline:\n  - at: -1h\n    hold: task 1", "line 6, timeline[0].at: '-1h' is not a span"),
        ("steps:\n  - advance: -1", "line 6, steps[0].advance: a span of -1"),
        ("steps:\n  - wait: {task: task 1, until: x, every: never}", "line 6, steps[0].wait.every: 'never' is not"),
        (
            "steps:\n  - wait: {task: task 1, until: x, every: 0}",
            "line 6, steps[0].wait.every: that would be more than",
        ),
        ("steps:\n  - wait: {task: task 1, until: x, within: -3}", "line 6, steps[0].wait.within: a span of -3"),
        ("expect:\n  webhooks: [{after: -2}]", "line 6, expect.webhooks[0].after: a span of -2"),
        # names
        ("steps:\n  - get: hreo", "line 6, steps[0].get: nothing is called 'hreo'"),
        (
            "world: {assets: [{as: hero}]}\nsteps:\n  - get: hreo",
            "line 7, steps[0].get: nothing is called 'hreo'; did you",
        ),
        (
            'steps:\n  - create: {input: {prompt: "${clip}"}}\n    as: clip',
            "line 6, steps[0]: nothing is called 'clip'",
        ),
        ("steps:\n  - wait: {task: clip, until: x}", "line 6, steps[0].wait.task: nothing is called 'clip'"),
        ("timeline:\n  - at: 1\n    revoke: hero", "line 7, timeline[0].revoke: nothing is called 'hero'"),
        ("expect:\n  tasks:\n    clip: {}", "line 7, expect.tasks.clip: nothing is called 'clip'"),
        ("expect:\n  assets: {task 0: {}}", "line 6, expect.assets.task 0: nothing is called 'task 0'"),
        ("expect:\n  webhooks:\n    - task: clip", "line 7, expect.webhooks[0].task: nothing is called 'clip'"),
        ('expect:\n  tasks:\n    task 1: {input: "${clip}"}', "line 6, expect.tasks: nothing is called 'clip'"),
        ("world: {assets: [{as: webhook}]}", "line 5, world.assets[0].as: the name 'webhook' is taken"),
        ("world: {assets: [{as: a, count: 2}, {as: a 2}]}", "line 5, world.assets[1].as: the name 'a 2' is taken"),
        ("world: {assets: [{as: asset hero}]}", "line 5, world.assets[0].as: the name 'asset hero' is taken"),
        ("world: {assets: [{as: asset 3}]}", "line 5, world.assets[0].as: the name 'asset 3' is taken"),
        (
            "world: {assets: [{as: a, count: 6000}, {as: b, count: 6000}]}",
            "line 5, world.assets: more than 10000 assets",
        ),
        ("steps:\n  - create: {}\n    as: task 1", "line 7, steps[0].as: the name 'task 1' is taken"),
        # patterns
        (
            'steps:\n  - list: {}\n    expect: {body: {items: "~["}}',
            "line 6, steps[0]: '~[' is no pattern: unterminated",
        ),
        ('expect:\n  points: {frozen: "~(?<"}', "line 6, expect.points: '~(?<' is no pattern"),
        # YAML
        ("world:\n\tplan: x", "line 6, column 1: no YAML: found character '\\t' that cannot start any token"),
        ("world: {plan: x", "line 6, column 1: no YAML: expected ',' or '}', but got '<stream end>'"),
        ('title: "a\n', "no YAML: found unexpected end of stream"),
        ("title: u", "line 5: 'title' stands here twice"),
        ("world:\n  plan: a\n  plan: b", "line 7: 'plan' stands here twice"),
        ("? [a]\n: b", "line 5: a key is a word, not a sequence"),
        ("world: !!python/object:os.system {}", "line 5: the tag 'tag:yaml.org,2002:python/object:os.system' means"),
        ("world: !!timestamp x", "line 5: the tag 'tag:yaml.org,2002:timestamp' means nothing here"),
        ("world: {points: !!int x}", "line 5: invalid literal for int()"),
        ("world: {points: " + "9" * 5000 + "}", "line 5: Exceeds the limit"),
        ("world: *nowhere", "line 5, column 8: no YAML: found undefined alias"),
        ("--- {}\n", "no YAML: but found another document"),
        ("world: " + "[" * 45 + "]" * 45, "line 5: nested deeper than 40 levels"),
        ("world: " + "[" * 50_000, "no YAML: nested too deeply"),
        ("k" * 300 + ": 1", "line 5: a key of more than 200 characters"),
        ("world: \0", "no YAML"),
    ],
)
def test_a_mistake_is_told_where_it_stands(body: str, sentence: str) -> None:
    problem = str(mistake(HEADER + body + "\n"))
    assert problem.startswith("own.yaml")
    assert sentence in problem
    assert len(problem) < 600


@pytest.mark.parametrize("key", list(HEAD))
def test_a_missing_key_is_told(key: str) -> None:
    text = yaml.safe_dump({name: value for name, value in HEAD.items() if name != key})
    assert str(mistake(text)) == f"own.yaml, line 1: {key} is missing"


@pytest.mark.parametrize("text", ["", "[]", "just a word", "5", "- title: x"])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    assert str(mistake(text)) == "own.yaml, line 1: a scenario is a mapping of keys"


def test_a_file_that_is_too_large_is_refused() -> None:
    assert "larger than" in str(mistake("#" * (MAX_BYTES + 1)))
    read_scenario(HEADER + "#" * 1000, "own.yaml")


@pytest.mark.timeout(20)
def test_aliases_do_not_blow_up() -> None:
    laughs = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 12))
    assert "more than 20000 values" in str(mistake("l0: &l0 ha\n" + laughs))
    assert "nested deeper" in str(mistake("a: &a\n  b: *a\n"))
    assert "nested deeper" in str(mistake("a: &a [*a, *a]\n"))
    shared = read_scenario(HEADER + "steps:\n  - list: &q {size: 5}\n  - list: *q\n", "own.yaml")
    assert shared.steps[0] == shared.steps[1]


def test_words_of_yaml_that_mean_something_else_stay_text() -> None:
    text = HEADER + "world: {at: 2026-06-07T15:41:23Z}\nfaults:\n  - fault: status\n    on: POST task\n"
    text += (
        'steps:\n  - list: {a: on, b: yes, c: 2026-06-07, d: 1:30, e: 0o7, f: 010, g: 1_000, h: ~, i: 1e3, j: "1"}\n'
    )
    parsed = read_scenario(text, "own.yaml")
    assert parsed.world.at == "2026-06-07T15:41:23Z"
    assert parsed.faults == ({"fault": "status", "on": "POST task"},)
    texts = {"a": "on", "b": "yes", "c": "2026-06-07", "d": "1:30", "e": "0o7", "f": "010", "j": "1"}
    assert parsed.steps[0].list == {**texts, "g": 1000, "h": None, "i": 1000.0}


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(bytes(range(256)))
    for path in (binary, tmp_path, tmp_path / "not-there.yaml", Path("a\0b.yaml")):
        with pytest.raises(UsageError, match="cannot read"):
            read_file(path)
    with pytest.raises(UsageError, match="larger than"):
        read_file(Path("/dev/zero")) if os.path.exists("/dev/zero") else mistake("#" * (MAX_BYTES + 1))
    own = tmp_path / "own.yaml"
    own.write_text(written())
    assert find_scenario(str(own), paths=True) == own
    assert read_file(own).title == HEAD["title"]


def test_a_scenario_is_found_by_name() -> None:
    files = known_scenarios()
    assert find_scenario("webhook/twice") == files["webhook/twice"]
    assert find_scenario("accept-then-drop") == files["billing/accept-then-drop"]
    for name in ("../../etc/passwd", "/etc/passwd", "../scenarios/webhook/twice", "", "x" * 5000, "a\0b", "webhook"):
        with pytest.raises(UsageError, match="no scenario"):
            find_scenario(name)
    for name in ("", "x" * 5000, "a\0b"):
        with pytest.raises(UsageError, match="no scenario"):
            find_scenario(name, paths=True)
    with pytest.raises(UsageError, match="did you mean 'webhook/twice'"):
        find_scenario("webhook/twize")
    with pytest.raises(UsageError, match="did you mean 'billing/accept-then-drop'"):
        find_scenario("acept-then-drop")


# -- mutations --------------------------------------------------------------------------------------------------------

NAMES = list(known_scenarios())
NOISE = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["\t", ": ", "- ", "[", "]", "{", "}", "&a ", "*a", "!!", "|", ">", "?", "\0", "${", "~(", "'", "-1"]
    ),
)


@given(name=st.sampled_from(NAMES), data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_mutated_text_is_a_scenario_or_a_mistake(name: str, data: st.DataObject) -> None:
    text = text_of(name)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 40)))
        text = text[:start] + data.draw(NOISE) + text[end:]
    _read(text)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=10),
    st.sampled_from(["-1s", "${webhook}", "~[", "task 1", "next", "1h"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


@given(name=st.sampled_from(NAMES), data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_mutated_value_is_a_scenario_or_a_mistake(name: str, data: st.DataObject) -> None:
    whole = yaml.load(text_of(name), yaml.BaseLoader)
    container = whole
    while True:
        keys = list(container) if isinstance(container, dict) else list(range(len(container)))
        key = data.draw(st.sampled_from(keys))
        if not (isinstance(container[key], dict | list) and container[key] and data.draw(st.booleans())):
            break
        container = container[key]
    if isinstance(container, dict) and data.draw(st.booleans()):
        container[data.draw(st.text(max_size=6))] = container.pop(key)
    else:
        container[key] = data.draw(VALUES)
    _read(yaml.safe_dump(whole, allow_unicode=True))


def _read(text: str) -> None:
    try:
        outcome: Scenario | UsageError = read_scenario(text, "mutated.yaml")
    except UsageError as problem:
        outcome = problem
    assert isinstance(outcome, Scenario) or str(outcome).startswith("mutated.yaml")


# -- schema and page --------------------------------------------------------------------------------------------------


class Plain(yaml.SafeLoader):
    """A file as an editor reads it: YAML 1.2, where times and ``on`` stay text."""


Plain.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith(("timestamp", "bool"))]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Plain.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(true|false)$"), ["t", "f"])
VALIDATOR = jsonschema.Draft202012Validator(schema())


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_what_the_schema_says(name: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(yaml.load(text_of(name), Plain))] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"tittle": "x"},
        {"world": {"plan": "premum"}},
        {"world": {"assets": [{"as": "a", "code": "Nothing"}]}},
        {"faults": [{"fault": "staus"}]},
        {"faults": [{"fault": "status", "retries": 1}]},
        {"faults": [{"fault": "status", "status": 200}]},
        {"faults": [{"fault": "stuck", "on": "GET task"}]},
        {"faults": [{"on": "POST task"}]},
        {"steps": [{}]},
        {"steps": [{"get": "task 1", "list": {}}]},
        {"steps": [{"arm": {"fault": "status", "retries": 1}}]},
        {"timeline": [{"at": 1}]},
        {"expect": {"faults": {"staus": 1}}},
    ],
)
def test_the_schema_sees_what_the_reader_sees(changes: dict[str, Any]) -> None:
    assert not VALIDATOR.is_valid({**HEAD, **changes})
    mistake(written(**changes))


def test_the_schema_knows_every_fault_with_options_and_conditions() -> None:
    orders = {order["properties"]["fault"]["const"]: order for order in schema()["$defs"]["Fault"]["oneOf"]}
    assert list(orders) == list(known_faults())
    for name, kind in known_faults().items():
        options = kind.__struct_encode_fields__
        assert not set(options) & {*CONDITIONS, "fault"}, "an option would be taken for a condition"
        assert set(orders[name]["properties"]) == {"fault", *options, *CONDITIONS}
        assert VALIDATOR.is_valid({**HEAD, "faults": [{"fault": name, "on": kind.routes[0], "after": "5s"}]}) or options


def test_every_key_has_a_description() -> None:
    for path, kind in SHAPES.items():
        for key, description in descriptions(kind):
            assert description, f"{path}: {key} has no description"
    assert set(VERBS) <= {key.strip("`*") for key, _ in descriptions(SHAPES["steps[]"])}
    assert set(ACTS) <= {key.strip("`*") for key, _ in descriptions(SHAPES["timeline[]"])}


# -- putting one into a world -----------------------------------------------------------------------------------------


async def state(api: Api) -> tuple[bytes, bytes, bytes]:
    """The world at a glance, its journal and its timeline."""
    answers = [await api.http.get(f"/_fakeseed/{path}") for path in ("world", "journal?limit=10000", "timeline")]
    first, second, third = (answer.content for answer in answers)
    return first, second, third


async def refused(api: Api, body: Any) -> str:
    """What is said against an order; the world is as it was."""
    await api.upload()
    unchanged = await state(api)
    answer = await api.call("POST", "/_fakeseed/scenario", json=body)
    assert answer.status_code == 400, answer.text
    assert await state(api) == unchanged
    return str(answer.json()["error"])


pytestmark = pytest.mark.anyio


async def test_a_named_scenario_is_loaded(api: Api) -> None:
    await api.upload()
    world = await api.control("POST", "scenario", {"name": "quota/full-and-freed-by-delete"})
    assert (world["plan"], world["assets"], world["tasks"], world["clock"]["mode"]) == ("hobbyist", 50, 0, "frozen")
    assert (await api.upload()).status_code == 429
    for name in ("billing/points-come-back", "insufficient-points"):
        assert (await api.control("POST", "scenario", {"name": name}))["assets"] == 0


async def test_a_setup_is_loaded(api: Api) -> None:
    setup = {
        "world": {"plan": "hobbyist", "points": 7, "at": "2027-01-01T00:00:00Z", "clock": "auto", "step": "1m"},
        "faults": [{"fault": "stuck"}],
        "timeline": [{"at": "1h", "set": {"plan": "premium"}}],
    }
    world = await api.control("POST", "scenario", {"setup": setup})
    assert (world["plan"], world["points"]["available"]) == ("hobbyist", 7)
    assert world["clock"]["now"] == "2027-01-01T00:00:00Z"
    assert (world["clock"]["mode"], world["clock"]["step_seconds"]) == ("auto", 60)
    assert len((await api.control("GET", "faults"))["faults"]) == 1
    await api.advance("1h")
    assert (await api.control("GET", "world"))["plan"] == "premium"


HERO = {"as": "hero"}


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "say either name or setup"),
        ({"name": "webhook/twice", "setup": {}}, "say either name or setup"),
        ({"name": "webhook/twize"}, "no scenario 'webhook/twize'; did you mean 'webhook/twice'?"),
        ({"name": "../../etc/passwd"}, "no scenario '../../etc/passwd'"),
        ({"name": "/etc/passwd"}, "no scenario '/etc/passwd'"),
        ({"name": "scenarios/webhook/twice.yaml"}, "no scenario"),
        ({"name": "a\0b"}, "no scenario"),
        ({"name": 5}, "xpected `str | null`, got `int`"),
        ({"setup": []}, "xpected `object | null`, got `array`"),
        ({"setup": {"wold": {}}}, "wold: there is no key 'wold' here; did you mean 'world'?"),
        ({"setup": {"steps": []}}, "steps: there is no key 'steps' here"),
        ({"setup": {"world": {"plan": "premum"}}}, "world.plan: unknown plan 'premum'; did you mean 'premium'?"),
        ({"setup": {"world": {"plan": "hobbyist", "assets": [{**HERO, "count": 51}]}}}, "'hero 51' cannot be there"),
        ({"setup": {"world": {"plan": "free", "assets": [HERO]}}}, "asset 'hero' cannot be there: your plan (free)"),
        (
            {"setup": {"world": {"plan": "hobbyist", "assets": [{**HERO, "idle": "3d"}]}}},
            "'hero' cannot be idle for so",
        ),
        ({"setup": {"world": {"assets": [{**HERO, "url": "nowhere"}]}}}, "InvalidParameter.URL"),
        ({"setup": {"world": {"assets": [{**HERO, "url": "https://cdn.example/x"}]}}}, "asset_type is missing"),
        ({"setup": {"faults": [{"fault": "reset"}]}}, "fault reset shows itself only on a real socket"),
        ({"setup": {"faults": [{"fault": "stuck"}] * 1001}}, "1000 faults may be armed at once"),
        ({"setup": {"timeline": [{"at": -1, "hold": "task 1"}]}}, "timeline[0].at: a span of -1"),
        ({"setup": {"timeline": [{"at": 1, "hold": "hero"}]}}, "timeline[0].hold: nothing is called 'hero'"),
        ({"setup": {}, "clock": "stopped"}, "nvalid enum value 'stopped'"),
    ],
)
async def test_what_cannot_be_changes_nothing(api: Api, body: Any, sentence: str) -> None:
    assert sentence in await refused(api, body)


async def test_a_setup_is_judged_by_the_new_world_not_by_the_old_one(api: Api) -> None:
    await api.control("PATCH", "world", {"plan": "enterprise"})
    assert "'hero 501' cannot be there" in await refused(
        api, {"setup": {"world": {"assets": [{**HERO, "count": 600}]}}}
    )
    await api.control("PATCH", "world", {"plan": "free"})
    world = await api.control("POST", "scenario", {"setup": {"world": {"assets": [HERO]}}})
    assert (world["plan"], world["assets"]) == ("premium", 1)


async def test_the_same_setup_gives_the_same_world(api: Api) -> None:
    states = []
    for _ in range(2):
        await api.control("POST", "scenario", {"name": "ttl/kept-alive-by-touching"})
        states.append(await state(api))
        await api.create()
        await api.advance("1d")
    assert states[0] == states[1]


# -- acts -------------------------------------------------------------------------------------------------------------


async def acted(api: Api, *timeline: dict[str, Any], assets: tuple[dict[str, Any], ...] = ()) -> None:
    """A world in which these things will happen."""
    setup = {"world": {"pace": "instant", "assets": list(assets)}, "timeline": list(timeline)}
    await api.control("POST", "scenario", {"setup": setup})


async def notes(api: Api) -> list[tuple[str, str]]:
    """What the journal tells of acts: what, and what came of it."""
    entries = (await api.control("GET", "journal?kind=event&limit=10000"))["entries"]
    return [(entry["scenario"], entry["trigger"]) for entry in entries if "scenario" in entry]


async def test_acts_on_tasks(api: Api) -> None:
    await acted(
        api,
        {"at": 10, "complete": "task 1"},
        {"at": 20, "fail": "task 2", "cause": "refused-copyright"},
        {"at": 30, "hold": "task 3"},
        {"at": 40, "release": "task 3"},
        {"at": 35, "set": {"points": 5, "concurrency": 1, "plan": "hobbyist"}},
    )
    await api.control("PATCH", "world", {"concurrency": 3})
    first, second, third = [await api.created(prompt=f"{n} fs-takes-32s") for n in range(3)]
    await api.advance(10)
    assert [(await api.task(task))["status"] for task in (first, second)] == ["completed", "processing"]
    await api.advance(10)
    failed = await api.task(second)
    assert (failed["status"], failed["error"]["code"]) == ("failed", 10003)
    await api.advance(19)
    assert (await api.task(third))["status"] == "processing", "held over its end"
    world = await api.control("GET", "world")
    assert (world["plan"], world["concurrency"], world["points"]["available"]) == ("hobbyist", 1, 5)
    await api.advance(1)
    assert (await api.task(third))["status"] == "completed"
    assert [result for _, result in await notes(api)] == ["happens"] * 5
    assert [act for act, _ in await notes(api)][:2] == ["complete task 1", "fail task 2"]


async def test_acts_on_assets(api: Api) -> None:
    await acted(
        api,
        {"at": 10, "activate": "asset 3"},
        {"at": 20, "revoke": "hero 2"},
        {"at": 30, "delete": "asset 1"},
        {"at": 30, "activate": "slow"},
        assets=(
            {"as": "hero", "count": 2},
            {"as": "slow", "status": "Processing", "url": "https://a.example/fs-stuck-ingest.png"},
        ),
    )
    ids = {item["name"]: item["asset_id"] for item in (await api.listing())["items"]}
    await api.advance(10)
    assert (await api.asset(ids["slow"])).json()["status"] == "Active"
    await api.advance(10)
    revoked = (await api.asset(ids["hero 2"])).json()
    assert (revoked["status"], revoked["error"]["code"]) == ("Failed", "ContentRestricted")
    await api.advance(10)
    assert (await api.asset(ids["hero"])).status_code == 404
    results = await notes(api)
    assert [act for act, _ in results] == ["activate asset 3", "revoke hero 2", "delete asset 1", "activate slow"]
    assert [result == "happens" for _, result in results] == [True, True, True, False]


async def test_acts_know_records_by_number(api: Api) -> None:
    acts = [{"at": number, "delete": f"asset {number}"} for number in range(1, 21)]
    await acted(api, *acts, assets=({"as": "a", "count": 3}, {"as": "b", "count": 10}))
    for number in range(7):
        await api.upload(name=f"late {number}")
    for remaining in range(19, -1, -1):
        await api.advance(1)
        assert (await api.listing())["total"] == remaining
    assert {result for _, result in await notes(api)} == {"happens"}


async def test_an_impossible_act_is_told_and_breaks_nothing(api: Api) -> None:
    await acted(
        api,
        {"at": 1, "complete": "task 1"},
        {"at": 2, "delete": "asset 7"},
        {"at": 3, "activate": "good"},
        {"at": 4, "revoke": "bad"},
        {"at": 5, "set": {"plan": "free"}},
        {"at": 6, "delete": "good"},
        {"at": 7, "fail": "task 1"},
        {"at": 8, "set": {"plan": "premium"}},
        {"at": 9, "release": "task 1"},
        assets=({"as": "good"}, {"as": "bad", "status": "Failed"}),
    )
    await api.advance(1)
    task = await api.created(prompt="done at once")
    await api.advance(20)
    outcomes = dict(await notes(api))
    assert outcomes["complete task 1"] == "impossible: there is no task 1"
    assert outcomes["delete asset 7"] == "impossible: there is no asset 7"
    assert "only a Processing asset can be activated" in outcomes["activate good"]
    assert "only an Active asset can be revoked" in outcomes["revoke bad"]
    assert "not allowed to use assets" in outcomes["delete good"]
    assert "an ended task cannot be failed" in outcomes["fail task 1"]
    assert "an ended task cannot be released" in outcomes["release task 1"]
    assert (await api.task(task))["status"] == "completed"
    assert (await api.listing())["total"] == 2
    await api.points()


async def test_an_act_on_an_ephemeral_asset_reaches_its_task(api: Api) -> None:
    await acted(api, {"at": 10, "activate": "asset 1"})
    url = "https://a.example/fs-stuck-ingest.png"
    task = await api.created("seedance-2-less-restriction", image_urls=[url], auto_upload_assets=True)
    await api.advance(9)
    assert (await api.task(task))["status"] == "processing"
    await api.advance(1)
    assert (await api.task(task))["status"] == "completed"


async def test_a_reset_world_forgets_its_acts(api: Api) -> None:
    await acted(api, {"at": 10, "set": {"plan": "free"}}, {"at": 20, "fail": "task 1"})
    await api.advance(5)
    await api.control("POST", "reset")
    await api.created(prompt="fs-takes-60s")
    await api.advance(30)
    assert (await api.control("GET", "world"))["plan"] == "premium"
    assert await notes(api) == []
    await api.control("POST", "scenario", {"setup": {"timeline": [{"at": 5, "hold": "task 1"}]}})
    await api.advance(6)
    assert await notes(api) == [("hold task 1", "impossible: there is no task 1")]


def test_a_setup_alone_is_read_from_json() -> None:
    assert read_setup({}).timeline == ()
    assert scenario(steps=[{"advance": 0}]).steps[0].advance == 0
    with pytest.raises(UsageError, match=r"faults\[0\]: [Ee]xpected `object`, got `int`"):
        read_setup({"faults": [5]})
