// The time axis: what happened and what will, one step an event, so that a day's expiry does not squash a minute's life.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { post } from "./api.js";
import { instant, precise, refOf, seconds, short, span, time } from "./format.js";
import { Problem } from "./parts.js";
import { useNow } from "./clock.js";
import { useReading } from "./reading.js";

const STEP = 116;
const SHOWN = 30;
const WORDS = {
  "asset.ingest": "ingest ends", "asset.expire": "asset expires", "slot.free": "slot is free", "task.start": "task starts",
  "task.retry": "first attempt fails", "task.end": "task ends", "webhook.attempt": "webhook goes out",
  "upload.expire": "upload expires", "output.expire": "video expires", "asset.revoke": "asset is revoked",
  "fault.close": "fault ends", "scenario.act": "scenario acts",
};

export function Axis({ live, world, select, show }) {
  const past = useReading("journal/rows", world, { kind: "event", limit: SHOWN }, live.revision.timeline);
  const future = useReading("timeline", world, { limit: SHOWN }, live.revision.timeline);
  const [problem, setProblem] = useState(null);
  const now = useNow(live);
  const box = useRef(null);
  const gone = [...(past.data?.rows || [])].reverse();
  const due = future.data?.events || [];
  useEffect(() => {
    if (box.current) box.current.scrollLeft = Math.max(gone.length * STEP - box.current.clientWidth / 2, 0);
  }, [gone.length, gone[gone.length - 1]?.seq, world]);
  const move = async (to) => {
    setProblem(await post("clock/advance", world, { to }).then(() => null, (error) => error));
  };
  return html`<section class="axis" aria-label="Time axis">
    <div class="track" ref=${box} tabindex="0" role="region" aria-label="Events, past and to come">
      <ol class="past" aria-label="What happened">${gone.map((row) => html`<${Past} key=${row.seq} row=${row} select=${select} />`)}</ol>
      <${Handle} ...${{ now, due, move }} />
      <ol class="future" aria-label="What will happen">${due.map((event) => html`<${Due} key=${`${event.kind}${event.ref}`} ...${{ event, now, move, show }} />`)}</ol>
      ${!due.length && html`<p class="dim quiet-end">nothing lies ahead</p>`}
    </div>
    <${Problem} problem=${problem || past.problem || future.problem} />
  </section>`;
}

const Past = ({ row, select }) => {
  const [kind, id] = refOf(row) || ["", ""];
  return html`<li><button type="button" class="node gone" onClick=${() => select(row.seq)} title=${`${row.from || "new"} → ${row.to || "gone"}`}>
    <time>${precise(row.at)}</time><i class="dot"></i>
    <span class="label">${kind} <span class="sr">${row.from || "new"} → </span>${row.to || "gone"}</span><span class="ref">${short(id)}</span></button></li>`;
};

const Due = ({ event, now, move, show }) => {
  const kind = event.kind.startsWith("asset") ? "asset" : "task";
  return html`<li><button type="button" class="node due" onClick=${() => move(event.at)} title="Advance to this moment">
    <time>in ${span(Math.max(seconds(event.at) - now, 0))}</time><i class="dot"></i><span class="label">${WORDS[event.kind] || event.kind}</span></button>
    <button type="button" class="ref link" onClick=${() => show(kind, event.ref)}>${short(event.ref)}</button></li>`;
};

// The present, to be dragged or moved by arrow keys into the future; between two events lies the time between them.
function Handle({ now, due, move }) {
  const [at, setAt] = useState(null);
  const start = useRef(0);
  const moment = (place) => {
    const before = place < 1 ? now : seconds(due[Math.floor(place) - 1].at);
    const after = seconds((due[Math.min(Math.floor(place), due.length - 1)] || {}).at);
    return before + (place % 1) * Math.max(after - before, 0);
  };
  const bounded = (place) => Math.max(0, Math.min(place, due.length));
  const goal = (place) => (Number.isInteger(place) ? due[place - 1].at : instant(moment(place)));
  const drop = (place) => {
    setAt(null);
    if (place > 0.02) move(goal(Math.abs(place - Math.round(place)) < 0.12 && Math.round(place) > 0 ? Math.round(place) : place));
  };
  const down = (event) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    start.current = event.clientX;
    setAt(0);
  };
  const drag = (event) => at !== null && setAt(bounded((event.clientX - start.current) / STEP));
  const keys = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) setAt(bounded(Math.round(at || 0) + step));
    else if (event.key === "Enter" && at) drop(at);
    else if (event.key === "Escape") setAt(null);
    else return;
    event.preventDefault();
  };
  const text = at ? `${time(instant(moment(at)))}, in ${span(moment(at) - now)}` : `${time(instant(now))}, now`;
  return html`<div class=${`handle ${at === null ? "" : "moving"}`} role="slider" tabindex="0" aria-label="Move the clock"
    aria-valuemin="0" aria-valuemax=${due.length} aria-valuenow=${Math.round(at || 0)} aria-valuetext=${text}
    style=${{ transform: `translateX(${(at || 0) * STEP}px)` }} title="Drag to a moment, or use the arrow keys and Enter"
    onPointerDown=${down} onPointerMove=${drag} onPointerUp=${() => at !== null && drop(at)} onPointerCancel=${() => setAt(null)}
    onKeyDown=${keys} onBlur=${() => setAt(null)}><span class="grip">${at ? text : "now"}</span></div>`;
}
