"""Texts of a certain form that requests hold: URLs, asset URIs, data URIs, and words that may be left empty."""

from collections.abc import Iterable

from fakeseed.model.profiles import DEFAULT_PROFILE, PROFILES
from fakeseed.model.references import REFERENCE_SUFFIXES
from fakeseed.openapi.fields import ASSET_ID
from fakeseed.openapi.operation import Json

PROFILE = PROFILES[DEFAULT_PROFILE]
ABSENT = ["", None]
"""What counts as not said where a word is expected."""


def caseless(suffix: str) -> str:
    """A pattern for a word in any letter case; JSON Schema has no flag for that."""
    return "".join(f"[{char.upper()}{char}]" if char.isalpha() else char for char in suffix)


def ending(suffixes: Iterable[str]) -> str:
    """A pattern for one of these file suffixes."""
    return f"[.]({'|'.join(caseless(suffix.removeprefix('.')) for suffix in suffixes)})"


BLANKS = r"\u0009-\u000d\u001c-\u0020\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""What the model sees as blanks, for a pattern; regular expressions have ideas of their own about ``\\s``."""
HTTP = f"^{caseless('http')}[Ss]?://[^/?#]+"
AFTER_PATH = "([?#]|$)"


def url(description: str, pattern: str, *samples: str) -> Json:
    """An http or https URL."""
    return {
        "type": "string",
        "format": "http-url",
        "pattern": pattern,
        "description": description,
        "examples": list(samples),
    }


TEXTS: dict[str, Json] = {
    "HttpUrl": url("A public http or https URL.", HTTP, "https://cdn.example/person.jpg"),
    "AssetUri": {
        "type": "string",
        "pattern": ASSET_ID.replace("^", "^asset://"),
        "description": "A managed asset that is `Active` and of the array's kind. Less-restriction types only.",
        "examples": ["asset://asset-20260607154123-6nxk8"],
    },
    "DataUri": {
        "type": "string",
        "pattern": f"^{caseless('data')}:",
        "description": "The media itself, in base64. Not together with `auto_upload_assets`.",
        "examples": ["data:image/png;base64,iVBORw0KGgo="],
    },
    **{
        f"{kind}Url": url(
            f"A public http or https URL whose path ends in {' or '.join(suffixes)}.",
            f"{HTTP}/([^?#]*/)?[^/?#]+{ending(suffixes)}{AFTER_PATH}",
            f"https://cdn.example/reference{suffixes[0]}?token=1",
        )
        for kind, suffixes in REFERENCE_SUFFIXES.items()
    },
}
"""Texts of a certain form, by name."""


def word(description: str, choices: Iterable[str], **keywords: object) -> Json:
    """A field that holds one of these words, or nothing."""
    return {"type": ["string", "null"], "enum": [*choices, *ABSENT], "description": description, **keywords}
