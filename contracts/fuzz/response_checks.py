"""What is checked beyond Schemathesis's own checks, and which of those are off, with the reason."""

from typing import Any

import jsonschema_rs
import schemathesis
from schemathesis.generation.meta import CoverageScenario, coverage_scenario
from schemathesis.specs.openapi.checks import negative_data_rejection

from .document import REFUSALS, document, operations

OFF = (
    # Some cases that are meant to break the schema do not: of several alternatives the one that was broken is not the
    # one that fits. broken_data_is_refused asks the schema itself first, and then this check.
    ("*", "negative_data_rejection"),
    # An unknown method answers 404 in plain text, as an unknown path does (behaviour wire.unknown-method), and the
    # check wants 405. unknown_method_is_no_page holds it to that.
    ("*", "unsupported_method"),
    # Whether an asset exists, is Active and of the array's kind is no matter of the schema, and answers 400 (behaviours
    # task.asset-missing and others); likewise whether credits last (402). refused_only_for_state holds the rest.
    ("createTask", "positive_data_acceptance"),
    # Only a pending task can be cancelled, others answer 400 (behaviour task.cancel). refused_only_for_state as above.
    ("cancelTask", "positive_data_acceptance"),
    # Whether a range lies within a file hangs on the file, and answers 416 (behaviour output.range).
    ("downloadFile", "positive_data_acceptance"),
    # DELETE cancels a task and does not take it away: a get goes on to show it, as failed (behaviour task.cancel).
    ("getTask", "use_after_free"),
)
"""Checks of Schemathesis that are off, by operation, each with its reason; all others are on."""


def whole_numbers(context: Any, case: Any) -> Any:
    """Write 5.0 as 5: to JSON Schema they are the same, and the service takes only the second (wire.invalid-body)."""
    inputs = case.body.get("input") if isinstance(case.body, dict) else None
    for name in ("duration", "asset_retention_hours"):
        value = inputs.get(name) if isinstance(inputs, dict) else None
        if isinstance(value, float) and value.is_integer():
            case.body = {**case.body, "input": {**case.body["input"], name: int(value)}}
    return case


def _message(response: Any) -> str | None:
    """The message of a refusal; None where the answer is none (a batch of which nothing was accepted)."""
    body = _body(response)
    if body is None:
        return str(response.text)
    return None if "results" in body else str(body.get("message"))


def _body(response: Any) -> dict[str, Any] | None:
    """A body that is a JSON object, and says so."""
    if not response.headers.get("content-type", [""])[0].startswith("application/json"):
        return None
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _body_schemas() -> dict[str, jsonschema_rs.Validator]:
    """What holds a request's body to the document, by operation."""
    description = document()
    bodies = {
        label: operation["requestBody"]["content"]["application/json"]["schema"]
        for _, label, operation in operations(description)
        if "requestBody" in operation
    }
    whole = {"components": description["components"]}
    return {label: jsonschema_rs.validator_for({**whole, **body}) for label, body in bodies.items()}


BODIES = _body_schemas()


def _breaks_its_body_only(case: Any) -> bool:
    broken = [where for where, info in case.meta.components.items() if info.mode.is_negative]
    return [where.value for where in broken] == ["body"]


def _fits(case: Any) -> bool:
    """Whether a body fits the document after all."""
    schema = BODIES.get(case.operation.label)
    try:
        return schema is not None and schema.is_valid(case.body)
    except ValueError:  # what is no JSON fits nothing
        return False


@schemathesis.check
def broken_data_is_refused(ctx: Any, response: Any, case: Any) -> None:
    """What breaks the schema is refused."""
    if case.meta is not None and _breaks_its_body_only(case) and _fits(case):
        return
    negative_data_rejection(ctx, response, case)


def _is_unknown_method(case: Any) -> bool:
    return coverage_scenario(case) is CoverageScenario.UNSPECIFIED_HTTP_METHOD


@schemathesis.check
def unknown_method_is_no_page(ctx: Any, response: Any, case: Any) -> None:
    """A method that the document does not know answers as a path that does not exist."""
    if _is_unknown_method(case):
        assert (response.status_code, response.text) == (404, "404 page not found"), "expected 404 page not found"


@schemathesis.check
def refusal_is_documented(ctx: Any, response: Any, case: Any) -> None:
    """Every refusal is one that the operation names for its status, and its body says so in every place."""
    if response.status_code < 400 or case.method == "HEAD" or _is_unknown_method(case):
        return
    message = _message(response)
    if message is None or response.status_code == 416:
        return
    documented = REFUSALS.get((case.operation.label, response.status_code), [])
    assert any(refusal.message.fullmatch(message) for refusal in documented), f"not a documented refusal: {message}"
    body = _body(response)
    if body is not None:
        data = body.get("data") or {"error": body}
        assert body.get("code") == response.status_code, "code is not the status"
        assert data.get("error", {}).get("message") == message, "two messages"


@schemathesis.check
def refused_only_for_state(ctx: Any, response: Any, case: Any) -> None:
    """What fits the schema is refused only for what is there, never for the request alone."""
    positive = case.meta is not None and case.meta.generation.mode.is_positive
    if not positive or response.status_code < 400 or case.method == "HEAD" or _is_unknown_method(case):
        return
    if response.status_code == 416:  # the file is shorter than the range
        return
    message = _message(response) or ""
    documented = REFUSALS.get((case.operation.label, response.status_code), [])
    assert any(refusal.of_state and refusal.message.fullmatch(message) for refusal in documented), f"refused: {message}"
