"""What happens to tasks: create, cancel, and what the timeline brings."""

import msgspec

from fakeseed.model.admission import Admission, decide_task
from fakeseed.model.asset import Asset
from fakeseed.model.behaviours import implements
from fakeseed.model.directives import NO_DIRECTIVES, Directives, merged, read
from fakeseed.model.inputs import CreateTask, TaskConfig, TaskInput, WebhookConfig
from fakeseed.model.lifecycle import TransitionError
from fakeseed.model.media import IngestFailure, MediaFacts
from fakeseed.model.outcome_plan import plan_task
from fakeseed.model.references import SCHEME, Reference, with_plain_labels
from fakeseed.model.refusals import Refusal, refuse
from fakeseed.model.task import OUTCOMES, REFUND_LINE, Task, TaskPlan, TaskReference, start_lines
from fakeseed.model.task_draft import AdmissionContext
from fakeseed.model.task_types import TASK_TYPES
from fakeseed.model.times import HOUR
from fakeseed.world import assets_service, webhooks
from fakeseed.world.own_files import own_facts
from fakeseed.world.world import Fetch, World


class Measured(msgspec.Struct, frozen=True):
    """What was found out about raw references before the decision, by URL: lengths in seconds, sizes in pixels."""

    seconds: dict[str, float] = {}
    sizes: dict[str, tuple[int, int]] = {}


NOTHING_MEASURED = Measured()


@implements("money.freeze-at-create", "task.refusal-leaves-nothing")
def create(
    world: World,
    body: CreateTask,
    request: TaskInput,
    base_url: str,
    measured: Measured = NOTHING_MEASURED,
    *,
    may_contain_secret: bool = True,
) -> Task | Refusal:
    """Create a task and freeze its price, or refuse and leave nothing behind.

    ``request`` is ``body.input`` checked; ``base_url`` is where the client reaches this server; ``may_contain_secret``
    is False where the body is known to hold no secret.
    """
    directives = merged([read(request.prompt or ""), *map(_reference_wish, _uris(request))])
    world.notes += directives.unknown
    world.assets.expect([uri.removeprefix(SCHEME) for uri in _uris(request) if uri.startswith(SCHEME)])
    decision = decide_task(body.model, body.task_type, request, _standing(world, request, measured))
    if isinstance(decision, Refusal):
        return decision
    task = _new(world, decision, body, directives, base_url)
    task.may_contain_secret = may_contain_secret
    world.tasks.add(task)
    world.note("task", task.task_id, None, "create", task.status, "task.create")
    world.name("task", task.task_id)
    world.account.reserved_slots += task.slots_wanted
    if task.price:
        world.move_points("freeze", task.price, task.task_id)
        task.frozen = task.price
    for asset in decision.assets.values():
        assets_service.touch(world, asset)
    world.schedule(task.created_at + task.fate.queue, "task.start", task.task_id)
    return task


def _uris(request: TaskInput) -> list[str]:
    tool = (request.video_url,) if request.video_url else ()
    return [*(request.image_urls or ()), *(request.video_urls or ()), *(request.audio_urls or ()), *tool]


def _reference_wish(uri: str) -> Directives:
    """Directives in a raw URL, which may also say that the picture shows a face. Assets were vetted at upload."""
    return NO_DIRECTIVES if uri.startswith((SCHEME, "data:")) else read(uri)


def _standing(world: World, request: TaskInput, measured: Measured) -> AdmissionContext:
    own = {uri: facts for uri in _uris(request) if (facts := own_facts(world, uri))}
    wishes = [(uri, read(uri)) for uri in _uris(request) if "fs-" in uri and not uri.startswith((SCHEME, "data:"))]
    return AdmissionContext(
        profile=world.profile,
        plan=world.plan,
        concurrency=world.concurrency,
        active=world.tasks.count_active(),
        available=world.account.balances.available,
        ephemeral_used=world.assets.held_slots() + world.account.reserved_slots,
        find_asset=world.assets.get,
        find_task=world.tasks.get,
        raw_seconds={
            **measured.seconds,
            **{uri: facts.seconds for uri, facts in own.items() if facts.seconds},
            **{uri: directives.length for uri, directives in wishes if directives.length},
        },
        raw_sizes={
            **measured.sizes,
            **{uri: (facts.width, facts.height) for uri, facts in own.items() if facts.width and facts.height},
            **{uri: directives.size for uri, directives in wishes if directives.size},
        },
    )


@implements("task.id-format", "task.unknown-input-fields", "task.service-mode")
def _new(world: World, admitted: Admission, body: CreateTask, directives: Directives, base_url: str) -> Task:
    draft, number = admitted.draft, world.next_number()
    config = body.config or _NO_CONFIG
    hook = config.webhook_config or _NO_HOOK
    tool = not draft.type.generates
    stored_input, prompt = body.input or {}, draft.input.prompt or ""
    if world.profile.rewrite_prompt and "@" in prompt:
        prompt = with_plain_labels(prompt)
        stored_input = {**stored_input, "prompt": prompt} if "prompt" in stored_input else stored_input
    plan = plan_task(
        admitted,
        directives,
        directives.face,
        world.pace,
        lambda draw_name: world.chance.fraction(f"{draw_name} {number}"),
    )
    task = Task(
        task_id=world.chance.uuid(f"task {number}"),
        seq=number,
        task_type=draft.type.name,
        input=msgspec.json.encode(stored_input),
        service_mode=config.service_mode or "",
        webhook_endpoint=hook.endpoint or "",
        webhook_secret=hook.secret or "",
        base_url=base_url,
        status="pending",
        created_at=world.now,
        price=draft.price,
        fate=plan,
        prompt=prompt,
        mode=draft.type.name if tool else draft.mode,
        seconds=_tool_seconds(draft.video_seconds) if tool else draft.duration,
        width=admitted.shape.width,
        height=admitted.shape.height,
        audio=draft.input.audio is not False,
        references=tuple(_tile(world, reference) for reference in draft.references),
        auto_upload=draft.auto_upload,
        retention_hours=admitted.retention_hours,
        hold_hours=admitted.hold_hours,
        input_video_seconds=draft.video_seconds,
        mode_inferred=draft.inferred and not tool,
        duration_fallback=draft.duration_fallback,
        image_ratio=admitted.shape.image_ratio,
    )
    return _as_final(task, draft.promotes) if draft.promotes else task


def _as_final(task: Task, draft: Task) -> Task:
    """A task that makes a draft final: what it shows is the draft's, and its references are not looked at again."""
    for name in ("prompt", "mode", "audio", "references"):
        setattr(task, name, getattr(draft, name))
    task.mode_inferred, task.from_draft = False, True
    return task


_NO_CONFIG, _NO_HOOK = TaskConfig(), WebhookConfig()


def _tool_seconds(source_seconds: float) -> int:
    return min(max(round(source_seconds), 1), 30)


def _tile(world: World, reference: Reference) -> TaskReference:
    asset = world.assets.get(reference.asset_id) if reference.asset_id else None
    picture = asset.facts.thumbnail if asset and asset.facts else None
    uri = reference.uri[:_SHOWN_DATA_URI] if reference.is_data_uri else reference.uri
    return TaskReference(reference.label, reference.kind, uri, picture)


_SHOWN_DATA_URI = 80
"""Characters kept of a data URI beside the stored input, which has the whole of it."""


@implements("task.cancel")
def cancel(world: World, task_id: str) -> Task | Refusal:
    """Cancel a pending task and give its points back."""
    task = world.tasks.get(task_id)
    if task is None:
        return refuse("task-unknown")
    if task.status != "pending":
        return refuse("cancel-too-late", state=task.status)
    world.timeline.cancel("task.start", task_id)
    _fail(world, task, "cancelled", trigger="cancel")
    return task


# -- what time brings -------------------------------------------------------------------------------------------------


def start(world: World, task: Task) -> None:
    """The queue is over: convert references, log the opening lines, plan the end."""
    if task.held:
        return
    world.move_task(task, "start")
    task.started_at = world.now
    world.account.reserved_slots -= task.slots_wanted
    if task.auto_upload:
        _convert(world, task)
    elif world.fetches:
        _fetch_references(world, task)
    if TASK_TYPES[task.task_type].generates:
        task.log(*start_lines(task))
    if task.fate.run is not None and OUTCOMES[task.fate.outcome].retried(task.strict):
        world.schedule(task.started_at + task.fate.run // 2, "task.retry", task.task_id)
    _plan_end(world, task)
    world.tasks.update(task)
    if world.profile.webhook_on_processing:
        webhooks.announce(world, task)


def _plan_end(world: World, task: Task) -> None:
    if task.fate.run is not None:
        world.schedule(task.started_at + task.fate.run, "task.end", task.task_id)


@implements("auto-upload.conversion", "auto-upload.log", "auto-upload.mixed", "moderation.after-conversion")
def _convert(world: World, task: Task) -> None:
    """Turn every raw reference into an ephemeral asset and show that in the stored input and the log."""
    raw = [tile for tile in task.references if tile.is_raw]
    if not raw:
        return
    hold = f", asset_quota_hold_hours={task.hold_hours}" if world.profile.quota_hold_hours else ""
    task.log(f"auto_upload_assets enabled, retention_hours={task.retention_hours}{hold}")
    assets = {
        tile.label: assets_service.auto_upload(
            world, task.task_id, tile.uri, tile.kind, retention=task.retention_hours, hold=task.hold_hours
        )
        for tile in raw
    }
    task.ingesting = len(assets)
    task.references = tuple(
        msgspec.structs.replace(tile, uri=SCHEME + assets[tile.label].asset_id) if tile.label in assets else tile
        for tile in task.references
    )
    stored = msgspec.json.decode(task.input)
    for kind, field in (("Image", "image_urls"), ("Video", "video_urls"), ("Audio", "audio_urls")):
        if stored.get(field):
            stored[field] = [tile.uri for tile in task.references if tile.kind == kind]
    task.input = msgspec.json.encode(stored)
    task.log(f"auto_upload_assets: converted {len(assets)} url(s) to ephemeral asset://")


def _will_ingest(world: World, task: Task) -> bool:
    """Whether the start of a task sets ingests or fetches going that its end waits for."""
    return bool(task.slots_wanted) or (world.fetches and bool(_fetchable(task)))


def _fetchable(task: Task) -> list[tuple[int, TaskReference]]:
    """References that fetch mode looks at, each with its place."""
    raw = [
        (position, tile) for position, tile in enumerate(task.references) if not tile.uri.startswith((SCHEME, "data:"))
    ]
    return [] if task.from_draft else raw


def _fetch_references(world: World, task: Task) -> None:
    """In fetch mode the raw references are really fetched, for their picture and their failures."""
    for position, tile in _fetchable(task):
        task.ingesting += 1
        world.outbox.append(Fetch(tile.uri, tile.kind, task.task_id, position))


def asset_decided(world: World, asset: Asset) -> None:
    """An ephemeral asset became Active or Failed; its task goes on or fails with it."""
    task = world.tasks.get(asset.task_id or "")
    if task is None or task.status != "processing":
        return
    uri = SCHEME + asset.asset_id
    position = next((position for position, tile in enumerate(task.references) if tile.uri == uri), None)
    if position is not None:
        result = asset.failure or asset.facts
        _reference_decided(world, task, position, result, f"auto_upload_assets: {asset.url}")


@implements("auto-upload.gone-while-processing")
def asset_gone(world: World, asset: Asset) -> None:
    """An asset was deleted or cleaned up. A task that still waits for its ingest would wait for ever, so it fails."""
    if asset.ephemeral and asset.status == "Processing":
        text = refuse("asset-missing", asset_id=asset.asset_id).message
        asset.failure = IngestFailure("AssetGone", text, "auto-upload.gone-while-processing")
        asset_decided(world, asset)


def reference_fetched(world: World, task_id: str, position: int, result: MediaFacts | IngestFailure) -> None:
    """A raw reference of a running task was fetched."""
    task = world.tasks.get(task_id)
    if task is not None and task.status == "processing":
        _reference_decided(world, task, position, result, task.references[position].uri)


@implements("auto-upload.ingest-failure", "task.reference-failed")
def _reference_decided(
    world: World, task: Task, position: int, result: MediaFacts | IngestFailure | None, name: str
) -> None:
    task.ingesting -= 1
    if isinstance(result, IngestFailure):
        task.log(f"{name[:300]}: {result.message}")
        task.raw_message = result.message
        _fail(world, task, "reference-failed")
        return
    if result is not None and result.thumbnail:
        tile = msgspec.structs.replace(task.references[position], picture=result.thumbnail)
        task.references = (*task.references[:position], tile, *task.references[position + 1 :])
    if not task.ingesting and world.timeline.due_at("task.end", task.task_id) is None:
        _plan_end(world, task)
    world.tasks.update(task)


@implements("moderation.strict-retries-once")
def first_attempt_fails(world: World, task: Task) -> None:
    """The first of two attempts did not succeed."""
    outcome = OUTCOMES[task.fate.outcome]
    task.log(outcome.log_line, outcome.retry_line)
    world.tasks.update(task)


def end(world: World, task: Task) -> None:
    """The run is over. A held task, or one whose references are still being fetched, ends later."""
    if task.held or task.ingesting:
        return
    outcome = OUTCOMES[task.fate.outcome]
    if outcome.succeeds(task.strict):
        _complete(world, task)
    else:
        _fail(world, task, task.fate.outcome)


@implements("money.consume-at-completion", "output.life")
def _complete(world: World, task: Task) -> None:
    task.output_id = world.chance.file_id(f"output {task.seq}")
    world.move_task(task, "complete")
    _settle(world, task, "consume")
    task.output_until = world.now + (task.output_life or world.profile.output_life_hours * HOUR)
    world.schedule(task.output_until, "output.expire", task.task_id)
    _ended(world, task)


@implements("money.refund", "moderation.less-restriction-is-final", "task.error-object")
def _fail(world: World, task: Task, name: str, trigger: str = "fail") -> None:
    outcome = OUTCOMES[name]
    world.move_task(task, trigger)
    task.error_code = outcome.error_code
    task.error_message = outcome.message
    if outcome.log_line:
        task.log(outcome.log_line)
    if _settle(world, task, "restore"):
        task.log(REFUND_LINE)
    _ended(world, task)


def _settle(world: World, task: Task, kind: str) -> int:
    """Consume or restore what is frozen for a task; gives the points moved."""
    points, task.frozen = task.frozen, 0
    if points:
        world.move_points("consume" if kind == "consume" else "restore", points, task.task_id)
    if kind == "consume":
        task.consumed = points
    return points


def _ended(world: World, task: Task) -> None:
    task.ended_at = world.now
    if not task.started_at:
        world.account.reserved_slots -= task.slots_wanted
    for kind in ("task.start", "task.retry", "task.end"):
        world.timeline.cancel(kind, task.task_id)
    world.tasks.update(task)
    webhooks.announce(world, task)
    while len(world.tasks) > world.settings.max_tasks and (oldest := world.tasks.oldest_ended()):
        _forget(world, oldest)


def _forget(world: World, task: Task) -> None:
    """Drop the oldest ended task when there are more than the process keeps."""
    world.tasks.remove(task)
    world.tables.movements.remove_task(task.task_id)
    world.timeline.cancel("output.expire", task.task_id)
    world.timeline.cancel("webhook.attempt", task.task_id)


# -- what the control API does ----------------------------------------------------------------------------------------


def hold(world: World, task: Task) -> None:
    """Keep a task from going on until it is released. Raises TransitionError when it has ended."""
    _must_be_active(task, "held")
    task.held = True
    world.tasks.update(task)


def release(world: World, task: Task) -> None:
    """Let a held task go on; what fell due meanwhile is due now. Raises TransitionError when it has ended."""
    _must_be_active(task, "released")
    task.held = False
    world.tasks.update(task)
    if task.status == "pending":
        world.schedule(task.created_at + task.fate.queue, "task.start", task.task_id)
    elif not task.ingesting:
        _plan_end(world, task)


def complete_now(world: World, task: Task) -> None:
    """Complete a task now, whatever its fate was. Raises TransitionError when that is not possible."""
    _must_be_active(task, "completed")
    if task.ingesting or (task.status == "pending" and _will_ingest(world, task)):
        raise TransitionError(f"task {task.task_id} is still ingesting references; complete it when they are decided")
    task.held = False
    if task.status == "pending":
        start(world, task)
    task.fate = TaskPlan(task.fate.queue, task.fate.run, "completed")
    _complete(world, task)


def fail_now(world: World, task: Task, outcome: str) -> None:
    """Fail a task now with one of ``OUTCOMES``. Raises TransitionError when it has ended."""
    _must_be_active(task, "failed")
    _fail(world, task, outcome)


def _must_be_active(task: Task, participle: str) -> None:
    if task.status not in ("pending", "processing"):
        raise TransitionError(f"task {task.task_id} is {task.status}; an ended task cannot be {participle}")
