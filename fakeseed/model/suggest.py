"""The nearest right word for a typo."""

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A clause such as ``; did you mean 'seedance-2'?``, or nothing when no known word is near."""
    word, words = word[:80].lower(), {one.lower(): one for one in known}
    near = get_close_matches(word, words, n=1) or [one for one in words if len(word) > 2 and one.startswith(word)]
    return f"; did you mean {words[near[0]]!r}?" if near else ""
