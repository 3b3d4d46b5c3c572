// One entry of the journal, opened: what was asked and answered, why, and what would have helped.

import { html, useEffect, useState } from "./vendor/htm-preact.js";
import { get, post } from "./api.js";
import { precise, refOf, span } from "./format.js";
import { Action, Code, Headers, Pill, Problem, Status } from "./parts.js";
import { CopyAs } from "./copy.js";

export function Entry({ world, seq, select, verdicts, show }) {
  const [read, setRead] = useState({});
  useEffect(() => {
    let alive = true;
    setRead({});
    (async () => {
      try {
        const { entries } = await get("journal", world, { after: seq - 1, limit: 1 });
        const entry = entries[0]?.seq === seq ? entries[0] : null;
        if (alive) setRead({ entry });
        if (entry?.kind !== "request") return;
        const why = await get(`explain/${seq}`, world).catch((problem) => ({ problem }));
        if (alive) setRead({ entry, why });
      } catch (problem) {
        if (alive) setRead({ problem });
      }
    })();
    return () => (alive = false);
  }, [world, seq]);
  const { entry, why, problem } = read;
  return html`<article class="entry" aria-label=${`Entry ${seq}`}>
    <header>
      <button type="button" class="quiet" onClick=${() => select(null)}>← Back</button>
      <span class="dim">entry ${seq}${entry ? ` · ${precise(entry.at)}` : ""}</span>
      <span class="grow"></span>
      <${CopyAs} world=${world} seq=${seq} enabled=${entry?.kind === "request"} />
    </header>
    <${Problem} problem=${problem} />
    ${entry === null && html`<p class="empty">Entry ${seq} is not in the journal any more.</p>`}
    ${entry && html`<${BODIES[entry.kind]} ...${{ entry, why, world, select, show }} />`}
    <${Broken} seq=${seq} verdicts=${verdicts} />
  </article>`;
}

const BODIES = { request: RequestEntry, event: EventEntry, delivery: DeliveryEntry };

function RequestEntry({ entry, why, world, select }) {
  return html`<h2 class="headline"><b class="method">${entry.method}</b> <span class="what">${entry.path}${entry.query && `?${entry.query}`}</span> <${Status} status=${entry.status} /></h2>
    ${(entry.faults || []).map((fault) => html`<${Pill} kind="bad">${fault}<//>`)}
    ${(entry.notes || []).map((note) => html`<p class="note">${note}</p>`)}
    <${Why} ...${{ why, world, select }} />
    <div class="columns">
      <section><h3>Request</h3><${Code} body=${entry.body} label="request body" /><details><summary>Headers</summary><${Headers} pairs=${entry.headers} /></details></section>
      <section><h3>Answer</h3><${Code} body=${entry.answer} label="answer body" />
        ${entry.answer_headers && html`<details open><summary>Headers that say what to do next</summary><${Headers} pairs=${entry.answer_headers} /></details>`}</section>
    </div>`;
}

function Why({ why, world, select }) {
  if (!why) return html`<p class="dim">Looking into its history …</p>`;
  if (why.problem) return html`<${Problem} problem=${why.problem} />`;
  const { behaviour, earliest } = why;
  const forward = () => post("clock/advance", world, { to: earliest.at });
  return html`<section class=${`why ${why.outcome}`}>
    <h3>Why</h3>
    <p class="because">${why.because}</p>
    ${behaviour && html`<p class="behaviour"><${Pill} kind="wait">${behaviour.id}<//> ${behaviour.mark && html`<${Pill} kind=${behaviour.mark}>${behaviour.mark}<//>`}
      ${behaviour.says && html` <span>${behaviour.says}</span>`}
      ${behaviour.source && html` <span class="dim source">source: ${behaviour.source}</span>`}</p>`}
    <${History} lines=${why.history || why.led_to || []} select=${select} />
    ${earliest && html`<p class="earliest">It would pass from <b>${precise(earliest.at)}</b> on${earliest.or_earlier ? ", or somewhat earlier" : ""}: ${span(earliest.after_seconds)} after it came.
      <${Action} kind="primary" run=${forward}>Advance to that moment<//></p>`}
    ${why.not_by_waiting && html`<p class="note">${why.not_by_waiting}</p>`}
  </section>`;
}

const History = ({ lines, select }) =>
  lines.length > 0 &&
  html`<ol class="history">${lines.map(
    (line) => html`<li><button type="button" class="link" onClick=${() => select(line.seq)}>#${line.seq}</button>
      <time>${precise(line.at)}</time> <span>${line.line}</span></li>`,
  )}</ol>`;

function EventEntry({ entry, show }) {
  const [kind, id] = refOf(entry) || ["", ""];
  return html`<h2 class="headline"><b class="method soft">${kind}</b> ${entry.from || "new"} → ${entry.to || "gone"}</h2>
    <dl class="facts">
      <div><dt>Record</dt><dd><button type="button" class="link" onClick=${() => show(kind, id)}>${id}</button></dd></div>
      <div><dt>Trigger</dt><dd>${entry.trigger}</dd></div>
      <div><dt>Behaviour</dt><dd>${entry.behaviour}</dd></div>
    </dl>`;
}

function DeliveryEntry({ entry, world, show }) {
  return html`<h2 class="headline"><b class="method soft">webhook</b> attempt ${entry.attempt} <${Status} status=${entry.status} /></h2>
    ${entry.redelivery && html`<${Pill} kind="wait">sent again by hand<//>`}
    <dl class="facts">
      <div><dt>Task</dt><dd><button type="button" class="link" onClick=${() => show("task", entry.task)}>${entry.task}</button></dd></div>
      <div><dt>To</dt><dd>${entry.url}</dd></div>
      ${entry.cause && html`<div><dt>Cause</dt><dd>${entry.cause}</dd></div>`}
    </dl>
    <${Action} run=${() => post(`tasks/${encodeURIComponent(entry.task)}/redeliver`, world)}>Send again<//>
    <section><h3>Message</h3><${Code} body=${entry.body} label="webhook body" /><details open><summary>Headers</summary><${Headers} pairs=${entry.headers} /></details></section>`;
}

// What the judge holds against this entry.
function Broken({ seq, verdicts }) {
  const cases = (verdicts?.broken || []).flatMap((verdict) => verdict.cases.filter((one) => one.lines.includes(seq)).map((one) => [verdict, one]));
  return cases.map(
    ([verdict, one]) => html`<section class="verdict ${verdict.severity}"><h3>The judge: ${verdict.rule}</h3><p>${one.says}</p><p class="dim">${verdict.statement}</p></section>`,
  );
}
