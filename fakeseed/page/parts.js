// Small parts that all views share.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { number } from "./format.js";

export const Pill = ({ kind, children }) => html`<span class=${`pill ${kind || ""}`}>${children}</span>`;

const TONES = {
  completed: "good", Active: "good", held: "good", processing: "work", Processing: "work", pending: "wait",
  failed: "bad", Failed: "bad", broken: "bad", advice: "warn", warning: "warn", error: "bad",
};
export const State = ({ children }) => html`<${Pill} kind=${TONES[children] || "wait"}>${children}<//>`;

export const tone = (status) => (status === 0 || status >= 500 ? "bad" : status >= 400 ? "warn" : status >= 300 ? "wait" : "good");
export const Status = ({ status }) => html`<span class=${`status ${tone(status)}`}>${status || "—"}</span>`;

export function Bar({ label, used, limit, text, calm }) {
  const share = limit && !calm ? Math.min(used / limit, 1) : 0;
  return html`<div class="bar">
    <span class="bar-label">${label}</span>
    <meter min="0" max=${limit || 1} value=${Math.min(used, limit)} class=${share >= 0.9 ? "full" : ""} aria-label=${label}></meter>
    <span class="bar-figure">${text || `${number(used)} of ${number(limit)}`}</span>
  </div>`;
}

// What went wrong with an action, and the next step; an alert for screen readers.
export const Problem = ({ problem }) =>
  problem &&
  html`<p class="problem" role="alert">${problem.message}${problem.hint && html`<span class="hint"> ${problem.hint}</span>`}</p>`;

export const Empty = ({ children }) => html`<p class="empty">${children}</p>`;

// A button for something that takes a moment and may fail; it says so beside itself.
export function Action({ run, children, kind, label }) {
  const [state, setState] = useState({ busy: false, problem: null });
  const alive = useRef(true);
  useEffect(() => () => (alive.current = false), []);
  const act = async () => {
    setState({ busy: true, problem: null });
    const problem = await Promise.resolve(run()).then(() => null, (error) => error);
    if (alive.current) setState({ busy: false, problem });
  };
  return html`<span class="action">
    <button type="button" class=${kind || ""} onClick=${act} aria-busy=${state.busy} aria-label=${label}>${children}</button>
    <${Problem} problem=${state.problem} />
  </span>`;
}

const TOKENS = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

// A body as text, coloured where it is JSON. Only text nodes are made of it.
export function Code({ body, label }) {
  if (body === null || body === undefined || body === "") return html`<p class="dim">empty</p>`;
  const source = typeof body === "string" ? body : JSON.stringify(body, null, 2);
  const parts = [];
  let last = 0;
  if (typeof body !== "string") {
    for (const match of source.matchAll(TOKENS)) {
      parts.push(source.slice(last, match.index));
      const kind = match[1] ? (match[2] ? "key" : "str") : match[3] ? "lit" : "num";
      const token = match[1] || match[0];
      parts.push(html`<span class=${kind}>${token}</span>`);
      last = match.index + token.length;
    }
  }
  parts.push(source.slice(last));
  return html`<pre class="code" tabindex="0" role="region" aria-label=${label || "body"}>${parts}</pre>`;
}

export const Headers = ({ pairs }) =>
  pairs?.length
    ? html`<dl class="headers">${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
    : html`<p class="dim">none kept</p>`;

const RELEASE_MS = 5000;

// Lets go of an object URL once no element loads from it any more: one that is gone while an element begins to load is an error.
export const release = (url) => url && setTimeout(() => URL.revokeObjectURL(url), RELEASE_MS);

// Puts a text on the clipboard; where the browser gives none to plain HTTP, by a selection.
export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const box = document.createElement("textarea");
  box.value = text;
  document.body.append(box);
  box.select();
  const done = document.execCommand("copy");
  box.remove();
  if (!done) throw new Error("the browser does not let this page copy");
  return undefined;
}

export function Copy({ text, children = "Copy" }) {
  const [done, setDone] = useState("");
  const copy = async () => {
    await copyText(typeof text === "function" ? await text() : text);
    setDone("Copied");
    setTimeout(() => setDone(""), 1500);
  };
  return html`<button type="button" class="quiet" onClick=${copy}>${done || children}<span class="sr" role="status">${done}</span></button>`;
}
