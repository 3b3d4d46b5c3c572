"""Reading JSON that anybody may have written, without tripping over what is not there."""

from pathlib import Path
from typing import Any

import msgspec

from fakeseed.errors import UsageError

Json = dict[str, Any]


def fields(value: object) -> Json:
    """An object's fields; none of anything else."""
    return value if isinstance(value, dict) else {}


def field_of(value: object, name: str) -> Any:
    """A field of an object; None of anything else."""
    return value.get(name) if isinstance(value, dict) else None


def decoded(journal: object) -> object:
    """A journal as values: from its JSON, or from a file that holds it. Raises UsageError."""
    if isinstance(journal, Path):
        try:
            journal = journal.read_bytes()
        except OSError as problem:
            raise UsageError(f"cannot read {problem.filename}: {problem.strerror}", "give a journal's file") from None
    if not isinstance(journal, str | bytes):
        return journal
    try:
        return msgspec.json.decode(journal)
    except (msgspec.MsgspecError, ValueError) as problem:
        raise UsageError(f"the journal is no JSON: {problem}", "GET /_fakeseed/journal shows the form") from None
