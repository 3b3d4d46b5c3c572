"""Chance and ids: every draw of a world, from its seed, its name and the name of what is drawn.

A world's name is a hash of its API key, so no key is needed for its draws, and none is written down.

A draw does not depend on draws before it, so the order in which things are asked for changes nothing.
"""

import hashlib
import secrets

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
TAG_DIGITS = 12
"""Hex digits at the start of a file's id that say which world it belongs to."""


class Rng:
    """The draws of one world."""

    __slots__ = ("_base", "tag")

    def __init__(self, seed: str, world: str) -> None:
        self._base = hashlib.blake2b(f"{seed}\0{world}".encode("utf-8", "surrogatepass"), digest_size=16)
        self.tag = tag_of(world)

    def _draw(self, name: str) -> bytes:
        state = self._base.copy()
        state.update(name.encode())
        return state.digest()

    def fraction(self, name: str) -> float:
        """A fraction in [0, 1)."""
        return int.from_bytes(self._draw(name)[:6]) / (1 << 48)

    def letters(self, count: int, name: str) -> str:
        """So many characters of ``[a-z0-9]``, at most 24."""
        number = int.from_bytes(self._draw(name))
        drawn = []
        for _ in range(count):
            number, digit = divmod(number, 36)
            drawn.append(_LETTERS[digit])
        return "".join(drawn)

    def uuid(self, name: str) -> str:
        """An id of UUID version 4 form."""
        return _uuid4(self._draw(name).hex())

    def file_id(self, name: str) -> str:
        """As ``uuid``, with the world's tag as its first digits, so that a bare URL leads back to its world."""
        return _uuid4(self.tag + self._draw(name).hex()[TAG_DIGITS:])

    def number(self, low: int, high: int, name: str) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int.from_bytes(self._draw(name)[:8]) % (high - low + 1)


def _uuid4(digits: str) -> str:
    """32 hex digits in UUID form, with version 4 and its variant set; uuid.UUID takes ten times as long."""
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def name_of(key: str) -> str:
    """The name of a key's world: the same for the same key, and no way back to the key, so it may be stored."""
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16, person=b"fakeseed-tag").hexdigest()


def tag_of(name: str) -> str:
    """The tag of a world, from its name."""
    return name[:TAG_DIGITS]


def tag_in(file_id: str) -> str:
    """The tag that a file's id carries."""
    return file_id.replace("-", "")[:TAG_DIGITS]


def fresh_seed() -> str:
    """A seed for a process that was given none."""
    return secrets.token_hex(4)


def fresh_secret() -> str:
    """A word that nobody can guess, for what only one other process may use."""
    return secrets.token_hex(16)
