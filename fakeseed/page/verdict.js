// What the judge would say of this world so far.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { get } from "./api.js";
import { Action, Empty, Pill, Problem } from "./parts.js";
import { restAfter } from "./reading.js";

const SMALL = 2000;
const REST_MS = 3000;

// The verdict: read again by itself while the journal is small, later when one asks for it.
export function useVerdict(live, world) {
  const [verdict, setVerdict] = useState({ data: null, problem: null });
  const last = live.card?.journal.last || 0;
  const timer = useRef(0);
  const rest = useRef(0);
  const read = async () => {
    const began = performance.now();
    try {
      const data = await get("judge", world);
      setVerdict(data.unavailable ? { data: null, problem: { message: data.unavailable, hint: data.hint } } : { data, problem: null });
    } catch (problem) {
      setVerdict({ data: null, problem });
    }
    rest.current = restAfter(performance.now() - began, REST_MS);
  };
  useEffect(() => setVerdict({ data: null, problem: null }), [world]);
  useEffect(() => {
    if (!last || last > SMALL || timer.current || verdict.problem) return;
    timer.current = setTimeout(() => {
      timer.current = 0;
      read();
    }, rest.current);
  }, [last, world]);
  useEffect(() => () => clearTimeout(timer.current), [world]);
  return { ...verdict, read };
}

export function Verdict({ verdict, select }) {
  const { data, problem, read } = verdict;
  return html`<section aria-label="Judge">
    <div class="toolbar"><h2>What the judge would say so far</h2><span class="grow"></span><${Action} run=${read}>Judge now<//></div>
    <${Problem} problem=${problem} />
    ${data && html`<p class="tally"><${Pill} kind=${data.broken.length ? "bad" : "good"}>${data.broken.length} broken<//> <${Pill} kind="good">${data.held.length} held<//> <span class="dim">${data.not_exercised} not put to the test</span></p>`}
    ${data && !data.broken.length && html`<${Empty}>${data.held.length ? "Nothing is broken. What was not put to the test is not held either." : "No rule has been put to the test yet."}<//>`}
    ${(data?.broken || []).map(
      (one) => html`<article class="verdict ${one.severity}" key=${one.rule}>
        <div class="line"><b>${one.rule}</b><${Pill} kind=${one.severity === "error" ? "bad" : "warn"}>${one.severity}<//></div>
        <p>${one.statement}</p>
        ${one.cases.map((broken) => html`<div class="case"><p>${broken.says}</p>
          ${broken.shown.map((line, place) => html`<button type="button" class="evidence" onClick=${() => select(broken.lines[place])}>${line}</button>`)}</div>`)}
        <details><summary>Why this rule is there</summary><p>${one.rationale}</p><p class="dim">${one.source}</p></details>
      </article>`,
    )}
    ${data?.held.length > 0 && html`<details><summary>${data.held.length} rules held</summary><ul class="list">${data.held.map((one) => html`<li><b>${one.rule}</b> <span class="dim">${one.statement}</span></li>`)}</ul></details>`}
  </section>`;
}
