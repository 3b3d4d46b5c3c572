"""The document as YAML that people like to read."""

from typing import TYPE_CHECKING, Any

import msgspec

from fakeseed.errors import UsageError
from fakeseed.openapi.document import as_json

if TYPE_CHECKING:
    import yaml

HEAD = "# Made by `fakeseed openapi` from the code that checks requests; do not edit it by hand.\n"
WIDTH = 120


def as_yaml() -> str:
    """The document as YAML. Raises UsageError where PyYAML is not installed."""
    try:
        import yaml
    except ImportError:
        raise UsageError("PyYAML is needed to write YAML", "pip install 'fakeseed[contracts]'") from None

    class Dumper(yaml.SafeDumper):
        """Lists indented, long texts as blocks, no anchors."""

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            super().increase_indent(flow, False)

        def ignore_aliases(self, data: Any) -> bool:
            return True

    Dumper.add_representer(str, _text)
    document = msgspec.json.decode(as_json())
    return HEAD + yaml.dump(document, Dumper=Dumper, sort_keys=False, width=WIDTH, allow_unicode=True)


def _text(dumper: "yaml.SafeDumper", text: str) -> "yaml.ScalarNode":
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)
