"""The nearest right word for a typo."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(text: str, names: Iterable[str]) -> str:
    """A clause such as ``; did you mean 'seedance-2'?``, or nothing when no name is near."""
    text, by_lower_case = text[:80].lower(), {name.lower(): name for name in names}
    longer = [name for name in by_lower_case if len(text) > 2 and name.startswith(text)]
    near = get_close_matches(text, by_lower_case, n=1) or longer
    return f"; did you mean {by_lower_case[near[0]]!r}?" if near else ""
