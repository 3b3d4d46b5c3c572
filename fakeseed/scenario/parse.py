"""From a YAML file to a Scenario, with mistakes told by file, line, key and nearest right word."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from fakeseed.errors import UsageError
from fakeseed.model.suggest import did_you_mean
from fakeseed.scenario import schema_types
from fakeseed.scenario.schema_types import Scenario, Setup
from fakeseed.scenario.validate import Mistake, validate_scenario
from fakeseed.world.settings_patch import WorldPatch

if TYPE_CHECKING:
    import yaml

MAX_BYTES = 256 * 1024
"""Bytes that a scenario's file may have."""

SHAPES: dict[str, Any] = {
    "": Scenario,
    "world": schema_types.WorldSetup,
    "world.assets[]": schema_types.AssetSetup,
    "timeline[]": schema_types.TimelineEntry,
    "timeline[].set": WorldPatch,
    "receiver": schema_types.ReceiverSetup,
    "steps[]": schema_types.Step,
    "steps[].request": schema_types.RawCall,
    "steps[].wait": schema_types.WaitStep,
    "steps[].expect": schema_types.ExpectedResponse,
    "struck_when[]": schema_types.EntryPattern,
    "expect": schema_types.Expected,
    "expect.requests[]": schema_types.Requests,
    "expect.webhooks[]": schema_types.ExpectedWebhook,
}
"""Place in a file -> the type that stands there, for the nearest right key."""

_PLACE = re.compile(r" - at `(?:key in )?\$(?:\.)?([^`]*)`")
_LAST = re.compile(r"(?:\.[^.\[\]]*|\[[^\[\]]*\]|.)$", re.DOTALL)
"""The last segment of a place; one character of it where it is none."""
_FIELD = re.compile(r"(?:unknown|required) field `([^`]+)`")


def read_scenario(text: str, name: str) -> Scenario:
    """A scenario from the text of a file; ``name`` is what the file is called. Raises UsageError."""
    if len(text) > MAX_BYTES:
        raise UsageError(f"{name}: the file is larger than {MAX_BYTES} bytes")
    value, line_numbers = _parsed(text, name)
    try:
        scenario = msgspec.convert(value, Scenario)
    except (msgspec.ValidationError, OverflowError) as problem:
        raise _usage_error(name, line_numbers, *_located(str(problem))) from None
    try:
        validate_scenario(scenario)
    except Mistake as mistake:
        raise _usage_error(name, line_numbers, mistake.path, str(mistake), mistake.hint) from None
    return scenario


def read_setup(value: object) -> Setup:
    """A setup from decoded JSON. Raises UsageError."""
    try:
        return msgspec.convert(value, Setup)
    except (msgspec.ValidationError, OverflowError) as problem:
        path, sentence, hint = _located(str(problem), Setup)
        raise UsageError(f"{path}: {sentence}" if path else sentence, hint) from None


def _usage_error(name: str, line_numbers: dict[str, int], path: str, problem: str, hint: str) -> UsageError:
    """A mistake with the line of its place, or of the nearest place above that has one."""
    above = path
    while above and above not in line_numbers:
        above = _LAST.sub("", above)
    where = f"{name}, line {line_numbers.get(above, 1)}" + (f", {path}" if path else "")
    return UsageError(f"{where}: {problem}", hint)


def _located(problem: str, top: type[msgspec.Struct] = Scenario) -> tuple[str, str, str]:
    """Place, sentence and hint of what msgspec says of a value that should be a ``top``."""
    match = _PLACE.search(problem)
    path = match[1] if match else ""
    sentence = _PLACE.sub("", problem)
    field = _FIELD.search(sentence)
    if field is None:
        return path, sentence[:1].lower() + sentence[1:], "fakeseed scenario new shows every key"
    if "required" in sentence:
        return path, f"{field[1]} is missing", "fakeseed scenario new shows every key"
    kind = SHAPES.get(re.sub(r"\[\d+\]", "[]", path)) if path else top
    keys = kind.__struct_encode_fields__ if kind else ()
    inner = f"{path}.{field[1]}" if path else field[1]
    return inner, f"there is no key {field[1]!r} here{did_you_mean(field[1], keys)}", f"known: {', '.join(keys)}"


# -- YAML -------------------------------------------------------------------------------------------------------------


def _parsed(text: str, name: str) -> tuple[Any, dict[str, int]]:
    """The file's value, and the line of every place in it, from 1."""
    import yaml  # takes 20 ms, and most commands read no scenario

    try:
        node = _composed(text)
    except (yaml.YAMLError, RecursionError) as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        deep = isinstance(problem, RecursionError)
        description = "nested too deeply" if deep else getattr(problem, "problem", None) or str(problem)
        raise UsageError(f"{name}{where}: no YAML: {description}") from None
    if not isinstance(node, yaml.MappingNode):
        raise UsageError(f"{name}, line 1: a scenario is a mapping of keys", "begin with: fakeseed scenario new")
    line_numbers: dict[str, int] = {}
    return _value(node, "", line_numbers, name, 0), line_numbers


def _composed(text: str) -> "yaml.Node | None":
    """The text as nodes. Raises YAMLError, RecursionError.

    By libyaml where PyYAML has it, which takes a tenth of the time; what it refuses is told in PyYAML's own words.
    """
    import yaml

    with suppress(yaml.YAMLError):
        return yaml.compose(text, Loader=_without_old_words(getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
    return yaml.compose(text, Loader=_without_old_words(yaml.SafeLoader))


def _without_old_words(safe_loader: Any) -> Any:
    """A safe loader of YAML for which ``on`` is a key, and a time stays text."""

    class Loader(safe_loader):  # type: ignore[misc]
        pass

    Loader.yaml_implicit_resolvers = {}
    for tag, pattern, first in _PLAIN_WORDS:
        Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))
    return Loader


_DIGITS = "-+0123456789"
_PLAIN_WORDS = (
    ("bool", r"^(?:true|false)$", "tf"),
    ("null", r"^(?:~|null|)$", ("~", "n", "")),
    ("int", r"^[-+]?(?:0|[1-9][0-9_]*)$", _DIGITS),
    ("float", r"^[-+]?(?:0|[1-9][0-9_]*)(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)$", _DIGITS),
)
"""What stands unquoted and is no text: tag, pattern, first characters."""
_TAGS = frozenset(f"tag:yaml.org,2002:{tag}" for tag in ("str", "bool", "null", "int", "float", "map", "seq"))
_DEEPEST = 40
_MOST = 20_000
"""Values that a file may come to; an alias counts as all that it stands for."""
_LONGEST_KEY = 200


def _value(node: "yaml.Node", path: str, line_numbers: dict[str, int], name: str, depth: int) -> Any:
    import yaml

    line_number = node.start_mark.line + 1
    line_numbers.setdefault(path, line_number)
    if len(line_numbers) > _MOST:
        raise UsageError(
            f"{name}, line {line_number}: more than {_MOST} values, aliases counted as what they stand for"
        )
    if depth > _DEEPEST:
        raise UsageError(f"{name}, line {line_number}: nested deeper than {_DEEPEST} levels")
    if node.tag not in _TAGS:
        raise UsageError(f"{name}, line {line_number}: the tag {node.tag[:60]!r} means nothing here")
    if isinstance(node, yaml.MappingNode):
        return dict(_pairs(node, path, line_numbers, name, depth))
    if isinstance(node, yaml.SequenceNode):
        return [
            _value(item, f"{path}[{index}]", line_numbers, name, depth + 1) for index, item in enumerate(node.value)
        ]
    try:
        return yaml.SafeLoader("").construct_object(node)
    except (yaml.YAMLError, ValueError, LookupError, OverflowError) as problem:
        raise UsageError(f"{name}, line {line_number}: {str(problem).splitlines()[0]}") from None


def _pairs(
    node: "yaml.MappingNode", path: str, line_numbers: dict[str, int], name: str, depth: int
) -> Iterator[tuple[str, Any]]:
    keys: set[str] = set()
    import yaml

    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise UsageError(f"{name}, line {key_node.start_mark.line + 1}: a key is a word, not a {key_node.id}")
        key, line_number = str(key_node.value), key_node.start_mark.line + 1
        if len(key) > _LONGEST_KEY:
            raise UsageError(f"{name}, line {line_number}: a key of more than {_LONGEST_KEY} characters")
        if key in keys:
            raise UsageError(f"{name}, line {line_number}: {key!r} stands here twice")
        keys.add(key)
        inner = f"{path}.{key}" if path else key
        line_numbers[inner] = line_number
        yield key, _value(value_node, inner, line_numbers, name, depth + 1)
