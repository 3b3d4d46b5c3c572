"""How a download ends: with a file, or with the reason why there is none."""

from msgspec import Struct


class Fetched(Struct, frozen=True):
    """A file as it was served."""

    body: bytes
    content_type: str | None  # as the server put it
    final_url: str  # after redirects


class Refused(Exception):  # noqa: N818 - it names an outcome, which `fetch` turns into a value
    """Ends a download from inside. `name` is a row of `model.media.FAILURES`, `details` fill in its message."""

    def __init__(self, name: str, **details: object) -> None:
        super().__init__(name, details)
        self.name = name
        self.details = details
