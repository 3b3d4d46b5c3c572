"""What the machine's clients send, with what must become of it: sources of assets, plots of tasks, references.

Words that begin with ``fs-`` choose an outcome (``fakeseed directives`` lists them).
"""

from typing import Any, NamedTuple

CDN = "https://cdn.example"
NEVER = -1.0
"""Seconds of what never ends."""


class Source(NamedTuple):
    """A file to upload. ``code`` names the failure of its ingest, ``takes`` its seconds; None: as the pace says.

    ``size`` in pixels where it is known, ``length`` in seconds.
    """

    url: str
    kind: str
    code: str = ""
    takes: float | None = None
    length: float | None = None
    face: bool = False


SOURCES = {
    "picture": Source(f"{CDN}/person.jpg", "Image"),
    "face": Source(f"{CDN}/fs-face.png", "Image", face=True),
    "clip": Source(f"{CDN}/fs-length-3s.mp4", "Video", length=3),
    "long clip": Source(f"{CDN}/fs-length-7.5s.mov", "Video", length=7.5),
    "unmeasured clip": Source(f"{CDN}/clip.mp4", "Video"),
    "voice": Source(f"{CDN}/voice.mp3", "Audio"),
    "timed picture": Source(f"{CDN}/fs-takes-30s.jpg", "Image", takes=30),
    "slow picture": Source(f"{CDN}/fs-slow-ingest.jpg", "Image", takes=600),
    "stuck picture": Source(f"{CDN}/fs-stuck-ingest.jpg", "Image", takes=NEVER),
    "missing picture": Source(f"{CDN}/fs-fail-download-failed.jpg", "Image", code="DownloadFailed"),
    "crowd": Source(f"{CDN}/fs-fail-multiple-faces.jpg", "Image", code="MultipleFaces"),
    "endless clip": Source(f"{CDN}/fs-length-16s.mp4", "Video", code="DurationTooLong", length=16),
    "tiny picture": Source(f"{CDN}/fs-size-200x400.jpg", "Image", code="InvalidParameter"),
}
SOUND_SOURCES = tuple(name for name, source in SOURCES.items() if not source.code and source.takes is None)
FIELDS = {"Image": "image_urls", "Video": "video_urls", "Audio": "audio_urls"}

BAD_UPLOADS: dict[str, tuple[dict[str, Any], str]] = {
    "no url": ({}, "url is required"),
    "no web address": ({"url": "ftp://cdn.example/a.jpg"}, "InvalidParameter.URL"),
    "unknown type": ({"url": f"{CDN}/a.jpg", "asset_type": "Picture"}, "asset_type"),
    "no suffix": ({"url": f"{CDN}/person"}, "asset_type"),
}
"""Uploads that are refused with 400, and what the refusal says."""


class Plot(NamedTuple):
    """How a task goes. ``summary`` are logged by an attempt that does not succeed, ``retry`` after the first of two.

    ``code`` and ``message`` are those of the failure; ``content``: strict types try it twice, others once;
    ``recovers``: the second attempt succeeds. ``takes`` its seconds; None: as the pace says.
    """

    prompt: str = "a corgi"
    code: int = 0
    message: str = ""
    log_entry: str = ""
    retry: str = ""
    content: bool = False
    recovers: bool = False
    takes: float | None = None

    def tries(self, strict: bool) -> int:
        """Attempts that are made."""
        return 2 if self.retry and (strict or not self.content) else 1

    def completes(self, strict: bool) -> bool:
        """Whether the last attempt gives a video."""
        return not self.log_entry or (self.recovers and self.tries(strict) == 2)


POLICY = "Your content violated community guidelines."
INTERNAL = "Internal error. Please try again later."
COPYRIGHT = "The request was rejected due to copyright restrictions. Please try different inputs."
PERSON = (
    "The request was rejected because the input image may contain a real person. For -less-restriction task types, "
    "you can set `auto_upload_assets: true` in your request to have the image uploaded as a virtual asset before "
    "generation. You may also manually upload and manage virtual assets via the asset API "
    "(GET/POST/DELETE /api/v1/asset/...) to control asset creation. Otherwise please use a different image."
)
AGAIN = "Attempt 1 failed (content restriction), retrying."
FAULT = "internal server error status code: 503"

REFUSED_PERSON = Plot("fs-refuse-person", 10003, POLICY, PERSON, AGAIN, content=True)
PLOTS = {
    "plain": Plot(),
    "copyright": Plot("fs-refuse-copyright", 10003, POLICY, COPYRIGHT, AGAIN, content=True),
    "person": REFUSED_PERSON,
    "refused once": Plot("fs-refuse-once", 10003, POLICY, COPYRIGHT, AGAIN, content=True, recovers=True),
    "internal error": Plot("fs-internal-error", 10000, INTERNAL, INTERNAL),
    "upstream fault": Plot("fs-upstream-503", 10000, INTERNAL, FAULT, "Attempt 1 failed, retrying.", recovers=True),
    "slow": Plot("fs-slow-task", takes=3600),
    "timed": Plot("fs-takes-90s", takes=90),
    "stuck": Plot("fs-stuck-task", takes=NEVER),
}

CAUSES = {
    "failed-by-control": Plot(code=10000, message=INTERNAL),
    "internal-error": PLOTS["internal error"],
    "refused-copyright": PLOTS["copyright"],
}
"""Causes that the control API may name when it fails a task."""


class TaskRequest(NamedTuple):
    """A create as the machine draws it. ``references`` are names of sources, or labels of assets (``a1``).

    ``astray``: assets stand in an array of another kind.
    """

    task_type: str
    plot: str = "plain"
    references: tuple[str, ...] = ()
    mode: str | None = None
    duration: int | None = None
    resolution: str | None = None
    ratio: str | None = None
    auto_upload: bool | None = None
    retention: object = None
    hook: str = ""
    astray: bool = False

    def __repr__(self) -> str:
        fields = {name: value for name, value in self._asdict().items() if value != self._field_defaults.get(name)}
        return f"TaskRequest({', '.join(f'{name}={value!r}' for name, value in fields.items())})"
