"""The OpenAPI document: written from the code, valid, complete, and true to its own examples."""

import json
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from fakeseed import catalogue
from fakeseed.cli.openapi import command
from fakeseed.model.inputs import AssetBatch, AssetUpload, EphemeralUpload, TaskConfig, TaskInput, WebhookConfig
from fakeseed.model.refusals import REFUSALS
from fakeseed.model.routes import ROUTES
from fakeseed.model.task_types import offered
from fakeseed.openapi import as_json, as_yaml, document
from fakeseed.openapi.components import ANSWERS
from fakeseed.openapi.error_responses import DETAILS, OF_STATE
from fakeseed.openapi.text_patterns import PROFILE
from fakeseed.openapi.type_schemas import of_answers, title
from fakeseed.piapi.files_api import CONTENT_TYPES
from fakeseed.world.uploads_service import TYPES
from tests.conftest import Api

pytestmark = pytest.mark.anyio

Json = dict[str, Any]

FILE = Path(__file__).parents[2] / "contracts" / "openapi.yaml"
DOCUMENT: Json = json.loads(as_json())
COMPONENTS: Json = DOCUMENT["components"]


def resolved(part: Json) -> Json:
    while "$ref" in part:
        _, kind, name = part["$ref"].removeprefix("#/").split("/")
        part = COMPONENTS[kind][name]
    return part


def operations() -> Iterator[tuple[str, str, Json]]:
    for path, item in DOCUMENT["paths"].items():
        yield from ((method.upper(), path, operation) for method, operation in item.items() if method != "servers")


OPERATIONS = {one["operationId"]: one for _, _, one in operations()}


def validator(schema: Json) -> Draft202012Validator:
    return Draft202012Validator(
        {**schema, "components": COMPONENTS}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )


def walk(value: object) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(item)


# -- the file ---------------------------------------------------------------------------------------------------------


def test_the_file_is_up_to_date() -> None:
    if FILE.read_text("utf-8") != as_yaml():
        pytest.fail(f"{FILE} is out of date; renew it with: fakeseed openapi --output contracts/openapi.yaml")


def test_the_file_says_what_is_built() -> None:
    assert yaml.safe_load(FILE.read_text("utf-8")) == DOCUMENT
    assert msgspec.to_builtins(document()) == DOCUMENT


def test_a_validator_takes_it_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []
        for schema in COMPONENTS["schemas"].values():
            Draft202012Validator.check_schema(schema)


def test_every_reference_leads_somewhere_and_every_component_is_used() -> None:
    used = {part["$ref"] for part in walk(DOCUMENT) if "$ref" in part}
    components = {
        f"#/components/{kind}/{name}" for kind in ("schemas", "responses", "examples") for name in COMPONENTS[kind]
    }
    assert used == components


# -- complete ---------------------------------------------------------------------------------------------------------


def test_every_path_of_the_vendor_is_there_and_no_other() -> None:
    served = {(route.method, route.path) for route in ROUTES.values()}
    assert {(method, path) for method, path, _ in operations()} == served


def test_every_refusal_is_an_example_of_some_operation() -> None:
    named = {
        name
        for _, _, described in operations()
        for answer in described["responses"].values()
        for media in resolved(answer).get("content", {}).values()
        for name, sample in media.get("examples", {}).items()
        if "$ref" in sample
    }
    assert named == set(COMPONENTS["examples"]) == set(REFUSALS)
    assert DETAILS.keys() | OF_STATE <= REFUSALS.keys()


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_shows_its_body_behaviour_and_status(name: str) -> None:
    sample, row = COMPONENTS["examples"][name], REFUSALS[name]
    statuses = {
        int(status)
        for _, _, described in operations()
        for status, answer in described["responses"].items()
        for media in resolved(answer).get("content", {}).values()
        if name in media.get("examples", {})
    }
    value = sample["value"]
    message = value if row.shape == "text" else value["message"]
    assert sample["x-behaviour"] == row.behaviour
    assert "{" not in message, "every part of the message is filled in"
    assert re.fullmatch(".*".join(map(re.escape, re.split(r"\{\w+\}", row.message))), message)
    assert statuses == {404 if row.shape == "text" else value["code"]}
    if row.shape == "task":
        assert value["data"]["error"] == {**value["data"]["error"], "code": row.error_code, "message": message}


def test_every_status_of_a_refusal_that_profiles_move_is_the_current_one() -> None:
    create = OPERATIONS["createTask"]["responses"]
    assert set(create) == {"200", "400", "401", "402", "413", "422", "429"}
    assert "no-credits" in create[str(PROFILE.insufficient_credits_status)]["content"]["application/json"]["examples"]


def test_every_answer_names_behaviours_of_the_catalogue() -> None:
    entries = catalogue.load()
    answers = [resolved(answer) for _, _, row in operations() for answer in row["responses"].values()]
    assert all(answer["x-behaviours"] for answer in answers)
    named = {name for part in walk(DOCUMENT) for name in part.get("x-behaviours", [])}
    named |= {part["x-behaviour"] for part in walk(DOCUMENT) if "x-behaviour" in part}
    assert named <= entries.keys()


def test_every_operation_says_what_it_is_for() -> None:
    tags = {tag["name"] for tag in DOCUMENT["tags"]}
    assert len(OPERATIONS) == len(list(operations()))
    for described in OPERATIONS.values():
        assert described["summary"]
        assert described["description"]
        assert set(described["tags"]) <= tags
        assert all(parameter["description"] for parameter in described.get("parameters", []))
    assert all(schema.get("description") for schema in COMPONENTS["schemas"].values())


def test_a_create_knows_every_task_type_once() -> None:
    body = OPERATIONS["createTask"]["requestBody"]["content"]["application/json"]["schema"]
    types = [name for variant in body["oneOf"] for name in resolved(variant)["properties"]["task_type"]["enum"]]
    assert sorted(types) == sorted(offered(PROFILE.price_period)) == sorted(body["discriminator"]["mapping"])


def test_fields_of_requests_are_those_of_the_types_that_check_them() -> None:
    for shape in (AssetUpload, AssetBatch, TaskInput, TaskConfig, WebhookConfig, EphemeralUpload):
        names = {field.encode_name for field in msgspec.structs.fields(shape)}
        assert COMPONENTS["schemas"][shape.__name__]["properties"].keys() == names


def test_files_have_the_types_that_uploads_take() -> None:
    assert CONTENT_TYPES.keys() == set(TYPES)


# -- exact ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ANSWERS, ids=title)
def test_an_answer_has_its_fields_and_no_other(shape: type[msgspec.Struct]) -> None:
    schema = COMPONENTS["schemas"][title(shape)]
    fields = msgspec.structs.fields(shape)
    always = [field.encode_name for field in fields if field.required or not shape.__struct_config__.omit_defaults]
    assert schema["additionalProperties"] is False
    assert schema["properties"].keys() == {field.encode_name for field in fields}
    assert schema["required"] == always


def test_a_word_about_a_field_that_is_not_there_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        of_answers(ANSWERS, {"Asset": {"colour": {"description": "none"}}})


def schema_of(operation: str, status: str = "") -> Json:
    row = OPERATIONS[operation]
    part = resolved(row["responses"][status]) if status else row["requestBody"]
    schema: Json = part["content"]["application/json"]["schema"]
    return schema


def with_examples() -> Iterator[Any]:
    for name, described in OPERATIONS.items():
        for status, answer in [("asks", described.get("requestBody", {})), *described["responses"].items()]:
            for media in resolved(answer).get("content", {}).values():
                if media.get("schema", {"format": "binary"}).get("format") != "binary":
                    yield pytest.param(media, id=f"{name}-{status}")
    hook = DOCUMENT["webhooks"]["taskEnded"]["post"]["requestBody"]["content"]["application/json"]
    yield pytest.param(hook, id="webhook")


@pytest.mark.parametrize("media", list(with_examples()))
def test_examples_fit_their_schemas(media: Json) -> None:
    judge = validator(media["schema"])
    assert media["examples"]
    for sample in media["examples"].values():
        judge.validate(resolved(sample)["value"])


def test_examples_and_defaults_of_parameters_and_fields_fit_too() -> None:
    for described in OPERATIONS.values():
        for parameter in described.get("parameters", []):
            validator(parameter["schema"]).validate(parameter["example"])
    for schema in walk(COMPONENTS["schemas"]):
        values = list(schema.get("examples", []))
        if "default" in schema:
            values.append(schema["default"])
        for value in values:
            validator(schema).validate(value)


def test_what_an_answer_may_not_be() -> None:
    completed = resolved(OPERATIONS["getTask"]["responses"]["200"])["content"]["application/json"]["examples"][
        "completed"
    ]
    task = completed["value"]
    judge = validator(schema_of("getTask", "200"))
    wrong = (
        {**task, "extra": 1},
        {**task, "data": {**task["data"], "output": None}},
        {**task, "data": {**task["data"], "status": "Completed"}},
        {**task, "data": {**task["data"], "status": "failed"}},
        {**task, "data": {key: value for key, value in task["data"].items() if key != "logs"}},
    )
    assert judge.is_valid(task)
    assert [judge.is_valid(wrong_task) for wrong_task in wrong] == [False] * len(wrong)


# -- links ------------------------------------------------------------------------------------------------------------


def links() -> Iterator[Any]:
    for name, described in OPERATIONS.items():
        for status, answer in described["responses"].items():
            for title_, target_link in answer.get("links", {}).items():
                samples = [
                    resolved(s)["value"] for m in answer.get("content", {}).values() for s in m["examples"].values()
                ]
                yield pytest.param(described, target_link, samples, id=f"{name}-{status}-{title_}")


def pointed(value: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


@pytest.mark.parametrize(("source", "target_link", "samples"), list(links()))
def test_a_link_leads_to_an_operation_with_what_it_needs(source: Json, target_link: Json, samples: list[Any]) -> None:
    target = OPERATIONS[target_link["operationId"]]
    known = {parameter["name"]: parameter for parameter in target.get("parameters", [])}
    extracted = target_link.get("x-parameters", {})
    assert target_link.get("parameters", {}).keys() | extracted.keys() <= known.keys()
    assert (
        target_link.get("parameters")
        or extracted
        or "requestBody" in target_link
        or not any(p.get("required") for p in known.values())
    )
    for expression in re.findall(r"\$(?:response|request)[\w.#/]+", json.dumps(target_link)):
        if expression.startswith("$request.path."):
            assert expression.removeprefix("$request.path.") in {
                parameter["name"] for parameter in source["parameters"]
            }
            continue
        values = [pointed(sample, expression.removeprefix("$response.body#")) for sample in samples]
        assert any(values), f"{expression} is in no example"
    for name, rule in extracted.items():
        values = [pointed(sample, rule["from"].removeprefix("$response.body#")) for sample in samples]
        names = [match[1] for value in values if value and (match := re.search(rule["pattern"], value))]
        assert names
        assert all(validator(known[name]["schema"]).is_valid(one) for one in names)


# -- served and written -----------------------------------------------------------------------------------------------


async def test_it_is_served_without_a_key(api: Api) -> None:
    answer = await api.http.get("/openapi.json", headers={"X-API-Key": ""})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == yaml.safe_load(FILE.read_text("utf-8"))
    assert as_json() is as_json(), "built once"


def test_it_costs_a_start_nothing() -> None:
    late = "[name for name in sys.modules if name == 'yaml' or name.startswith('fakeseed.openapi')]"
    code = f"import sys, fakeseed.cli.serve; print({late})"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_the_command_writes_shows_and_checks(tmp_path: Path) -> None:
    path, runner = tmp_path / "openapi.yaml", CliRunner()
    missing = runner.invoke(command, ["--check", "--output", str(path)])
    assert (missing.exit_code, f"fakeseed openapi --output {path}" in missing.output) == (1, True)
    assert runner.invoke(command, ["--output", str(path)]).exit_code == 0
    assert path.read_text("utf-8") == runner.invoke(command, []).output == as_yaml()
    assert runner.invoke(command, ["--check", "--output", str(path)]).exit_code == 0
    path.write_text(path.read_text("utf-8").replace("createTask", "makeTask"), "utf-8")
    assert runner.invoke(command, ["--check", "--output", str(path)]).exit_code == 1
    assert runner.invoke(command, ["--check"]).exit_code == 0
