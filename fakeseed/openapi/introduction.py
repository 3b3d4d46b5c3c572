"""Words for people: the guide at the head of the document, and tables drawn from the model's own."""

from collections.abc import Iterable

from fakeseed.model.lifecycle import ASSET, TASK, Lifecycle
from fakeseed.model.media import LIMITS, MB, SUFFIXES
from fakeseed.model.plans import PLANS
from fakeseed.model.profiles import DEFAULT_PROFILE, PROFILES
from fakeseed.model.task_types import POINTS_PER_USD, PRICES, REDIRECTED, RESOLUTIONS, TASK_TYPES, offered
from fakeseed.model.times import DAY
from fakeseed.openapi.operation import Json

PERIOD = PROFILES[DEFAULT_PROFILE].price_period


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    head = list(head)
    table_rows = [head, ["---"] * len(head), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(table_row)} |" for table_row in table_rows)


def _words(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def task_types() -> str:
    """What each task type takes and costs."""
    rows = []
    for name in PRICES[PERIOD]:
        row, prices = TASK_TYPES[name], PRICES[PERIOD][name]
        costs = (
            f"{prices[resolution] / POINTS_PER_USD:g}" if resolution in prices else "-" for resolution in RESOLUTIONS
        )
        length = f"{row.durations.least}-{row.durations.most} s"
        rows.append((f"`{name}`", length, row.default_resolution, *costs, "no" if row.strict else "yes"))
    head = ("task_type", "duration", "default", *(f"{resolution}, USD/s" for resolution in RESOLUTIONS), "assets")
    tools = [name for name in offered(PERIOD) if name not in PRICES[PERIOD] and name not in REDIRECTED]
    return (
        f"{table(head, rows)}\n\nA second of input video costs half as much as one of output. {_words(tools)} takes a "
        f"`video_url` and costs nothing. {_words(REDIRECTED)} are deprecated and run as {_words(REDIRECTED.values())}."
    )


def plans() -> str:
    """What each plan allows."""
    rows = (
        (f"`{plan.name}`", plan.managed_limit, plan.idle_ttl // DAY, plan.ephemeral_cap, plan.concurrency)
        for plan in PLANS.values()
    )
    return table(("plan", "managed assets", "days idle", "ephemeral assets", "active tasks"), rows)


def media() -> str:
    """What files may be."""
    rows = []
    for kind, limits in LIMITS.items():
        size = f"{-(-limits.max_bytes // MB)} MB"
        seconds = f"{limits.seconds.low:g}-{limits.seconds.high:g} s" if limits.seconds else "-"
        rows.append((kind, ", ".join(SUFFIXES[kind]), size, seconds, _OTHER_LIMITS[kind]))
    return table(("kind", "formats", "size up to", "length", "other"), rows)


_OTHER_LIMITS = {
    "Image": "sides of more than 300 and less than 6000 px; width / height between 0.4 and 2.5",
    "Video": "480p to 1080p, 24 to 60 frames per second",
    "Audio": "-",
}


def lifecycle(rows: Lifecycle) -> str:
    """The transitions that the service makes by itself or when asked."""
    documented = (row for row in rows.transitions if row.origin == "vendor" and row.source != row.target)
    return table(("from", "on", "to"), ((row.source or "-", row.trigger, row.target or "gone") for row in documented))


INTRODUCTION = """\
PiAPI's Seedance asset library and video tasks, as [fakeseed](https://pypi.org/project/fakeseed/) serves them. PiAPI
publishes no machine-readable contract; this one is made from the types and tables that check requests and write
answers, so a client generated from it fits both.

**The way of a video**

1. `uploadAssets`: register a public URL; the answer says `Processing`.
2. `getAsset` or `listAssets`: wait until the status is `Active`.
3. `createTask`: name the asset as `asset://<asset_id>` in `image_urls`, `video_urls` or `audio_urls`, and as
   Image 1, Video 1 or Audio 1 in the prompt.
4. `getTask`: poll until `data.status` is `completed` or `failed`, or let a webhook tell.
5. `downloadFile`: fetch `data.output.video` within 24 hours.

**Answers.** Assets come bare; tasks, account and files come in `{code, data, message}`. A refusal is
`{code, message, data: null}` with `code` equal to the HTTP status. A refused create carries a failed task in `data`,
with the reason in `data.error.message` and a general code in `data.error.code`. A path or a method that does not exist
answers 404 in plain text.

**Requests.** Bodies are JSON, whatever their Content-Type. Fields that are not known are ignored, null counts as
absent, and so does an empty text where one of a list of words is expected. A whole number is written without a decimal
point.

**How sure is this?** Each answer names behaviours in `x-behaviours`, each refusal its own in `x-behaviour`;
`fakeseed behaviours <id>` says whether it is documented, observed or assumed, and where it comes from. `x-message` is
the pattern of a refusal's text, and `x-depends-on: state` marks refusals that may not come again for the same request.

Values that changed over 2026 are those of fakeseed's profile `current`."""

TAGS: dict[str, str] = {
    "Assets": "Managed assets: references that are uploaded once and used in many tasks. An asset that is not listed, "
    "fetched or used for its plan's time is purged; `Failed` ones take no place.",
    "Tasks": "Videos in the making. Create, poll, download.",
    "Account": "Plan, points and tasks of the key. 10,000,000 points are 1 USD.",
    "Files": "Uploads for a day, and the files behind the URLs in answers.",
}


def tags() -> list[Json]:
    """The groups of operations, with what is good to know about each."""
    paragraphs = {
        "Assets": (plans(), media(), lifecycle(ASSET)),
        "Tasks": (lifecycle(TASK),),
    }
    return [
        {"name": name, "description": "\n\n".join((text, *paragraphs.get(name, ())))} for name, text in TAGS.items()
    ]
