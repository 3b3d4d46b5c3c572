// Tasks as cards: the video playing, what it cost, what comes next.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { blob, post, turn } from "./api.js";
import { number, seconds, short, span, time, usd } from "./format.js";
import { Action, Code, Empty, Problem, State, release } from "./parts.js";
import { useNow } from "./clock.js";
import { useReading } from "./reading.js";

const PAGE = 12;
const STATES = ["", "pending", "processing", "completed", "failed"];

export function Tasks({ live, world, chosen, show }) {
  const [status, setStatus] = useState("");
  const [offset, setOffset] = useState(0);
  const query = chosen ? { id: chosen } : { status, offset, limit: PAGE };
  const { data, problem, again } = useReading("tasks", world, query, live.revision.tasks);
  const now = useNow(live);
  useEffect(() => setOffset(0), [status, world]);
  return html`<section aria-label="Tasks">
    <div class="toolbar">
      ${chosen
        ? html`<button type="button" class="quiet" onClick=${() => show("task", "")}>← All tasks</button>`
        : html`<div class="segments" role="group" aria-label="Status">${STATES.map(
            (one) => html`<button type="button" aria-pressed=${status === one} onClick=${() => setStatus(one)}>${one || "all"}</button>`,
          )}</div>`}
      <span class="grow"></span>
      ${data && !chosen && html`<${Pages} ...${{ offset, setOffset, data }} />`}
    </div>
    <${Problem} problem=${problem} />
    ${data && !data.tasks.length && html`<${Empty}>No task here yet. A <code>POST /api/v1/task</code> makes one.<//>`}
    <div class=${`cards ${chosen ? "one" : ""}`}>
      ${(data?.tasks || []).map((task) => html`<${Card} key=${task.task_id} ...${{ task, world, now, show, again, whole: Boolean(chosen) }} />`)}
    </div>
  </section>`;
}

export const Pages = ({ offset, setOffset, data }) => html`<nav class="pages" aria-label="Pages">
  <button type="button" disabled=${!offset} onClick=${() => setOffset(Math.max(offset - PAGE, 0))} aria-label="Newer">‹</button>
  <span class="dim">${number(offset + 1)}–${number(offset + (data.tasks || data.assets).length)}${data.total !== null && ` of ${number(data.total)}`}</span>
  <button type="button" disabled=${data.next === null} onClick=${() => setOffset(data.next)} aria-label="Older">›</button>
</nav>`;

const ACTIONS = { pending: ["complete", "fail", "hold"], processing: ["complete", "fail", "hold"] };

function Card({ task, world, now, show, again, whole }) {
  const acts = task.held ? ["release", "fail"] : ACTIONS[task.status] || [];
  const act = (name) => () => post(`tasks/${encodeURIComponent(task.task_id)}/${name}`, world).then(again);
  return html`<article class="card task" aria-label=${`Task ${task.task_id}`}>
    <${Screen} ...${{ task, world, now }} />
    <div class="body">
      <div class="line"><${State}>${task.status}<//><span class="dim">${task.task_type}</span></div>
      <p class="prompt">${task.prompt || html`<i class="dim">no prompt</i>`}</p>
      <p class="dim small">${task.width}×${task.height} · ${task.seconds} s · ${number(task.consumed || task.frozen || task.price)} points (${usd(task.consumed || task.frozen || task.price)})${task.consumed ? "" : task.frozen ? " frozen" : task.status === "failed" ? " refunded" : ""}</p>
      ${task.error && html`<p class="fail small">${task.error}</p>`}
      ${task.references.length > 0 && html`<p class="chips">${task.references.map((one) => html`<span class="chip">${one.label}: ${short(one.uri)}</span>`)}</p>`}
      <div class="line foot">
        <button type="button" class="link small" onClick=${() => show("task", task.task_id)} title=${task.task_id}>${short(task.task_id)}</button>
        <span class="grow"></span>
        ${acts.map((name) => html`<${Action} kind="small" run=${act(name)}>${name}<//>`)}
        ${task.webhook && ["completed", "failed"].includes(task.status) && html`<${Action} kind="small" run=${act("redeliver")}>redeliver<//>`}
      </div>
    </div>
    ${whole && html`<${Whole} task=${task} />`}
  </article>`;
}

const Whole = ({ task }) => html`<div class="whole">
  <dl class="facts">
    <div><dt>Id</dt><dd>${task.task_id}</dd></div><div><dt>Created</dt><dd>${task.created_at}</dd></div>
    ${task.started_at && html`<div><dt>Started</dt><dd>${task.started_at}</dd></div>`}
    ${task.ended_at && html`<div><dt>Ended</dt><dd>${task.ended_at}</dd></div>`}
    ${task.output_until && html`<div><dt>Video until</dt><dd>${task.output_until}</dd></div>`}
    ${task.webhook && html`<div><dt>Webhook</dt><dd>${task.webhook} · ${task.deliveries} attempts</dd></div>`}
  </dl>
  ${task.logs.length > 0 && html`<h3>Log</h3><${Code} body=${task.logs.join("\n")} label="log" />`}
  <h3>Input</h3><${Code} body=${task.input} label="input" />
</div>`;

// What a task shows of itself: its video once it is there, else how far it is.
function Screen({ task, world, now }) {
  if (task.playable) return html`<${Video} id=${task.task_id} world=${world} label=${task.prompt} />`;
  const due = task.next && Math.max(seconds(task.next.at) - now, 0);
  return html`<div class=${`screen ${task.status}`}>
    <span class="screen-state">${task.held ? "held" : task.status}</span>
    ${task.next && html`<span class="dim">${task.next.kind === "task.end" ? "ends" : "next"} in ${span(due)} · ${time(task.next.at)}</span>`}
    ${task.status === "completed" && html`<span class="dim">the video has expired</span>`}
  </div>`;
}

// Fetched when it comes into view, through the control API, so that it is never the client's traffic.
function Video({ id, world, label }) {
  const element = useRef(null);
  const [source, setSource] = useState("");
  const [problem, setProblem] = useState("");
  const play = () => matchMedia("(prefers-reduced-motion: reduce)").matches || element.current?.play().catch(() => {});
  useEffect(() => {
    const video = element.current;
    const leaving = new AbortController();
    let url = "";
    let asked = false;
    const watcher = new IntersectionObserver(async ([seen]) => {
      if (!seen.isIntersecting) return video.pause();
      if (asked) return play();
      asked = true;
      await turn(leaving.signal);
      try {
        url = URL.createObjectURL(await blob(`tasks/${encodeURIComponent(id)}/video`, world, leaving.signal));
        if (leaving.signal.aborted) release(url);
        else setSource(url);
      } catch (error) {
        if (!leaving.signal.aborted) setProblem(error.message);
      }
      return undefined;
    });
    watcher.observe(video);
    return () => {
      watcher.disconnect();
      leaving.abort();
      video.removeAttribute("src");
      video.load();
      release(url);
    };
  }, [id, world]);
  return html`<div class="screen video"><video ref=${element} src=${source || undefined} muted loop playsinline controls preload="auto"
    aria-label=${`Video of the task: ${label.slice(0, 120)}`} onLoadedData=${play}></video>${problem && html`<span class="dim">${problem}</span>`}</div>`;
}
