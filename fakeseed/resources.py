"""The folders that travel with the package: promises and stories."""

from pathlib import Path

from fakeseed.errors import FakeseedError


def folder(name: str) -> Path:
    """Where ``contracts`` or ``scenarios`` is: inside an installed package, beside it in a checkout."""
    package = Path(__file__).parent
    for candidate in (package / name, package.parent / name):
        if candidate.is_dir():
            return candidate
    raise FakeseedError(f"the {name} folder is missing from this installation", "install fakeseed again")
