// The journal as it happens: newest first, only what can be seen is drawn, filtered by the server.

import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from "./vendor/htm-preact.js";
import { get } from "./api.js";
import { precise, refOf, short } from "./format.js";
import { Empty, Problem, Status, tone } from "./parts.js";
import { useReading } from "./reading.js";

const ROW = 38;
const PAGE = 100;
const MOST = 2000;
const KINDS = [["", "All"], ["request", "Requests"], ["event", "Events"], ["delivery", "Webhooks"]];

export function Journal({ live, world, filters, setFilters, selected, select, verdicts }) {
  const broken = useMemo(() => brokenBy(verdicts), [verdicts]);
  const active = Object.values(filters).some(Boolean);
  return html`<section class="journal" aria-label="Journal">
    <${Filters} filters=${filters} setFilters=${setFilters} />
    ${active
      ? html`<${Filtered} ...${{ live, world, filters, selected, select, broken }} key=${JSON.stringify(filters)} />`
      : html`<${All} ...${{ live, world, selected, select, broken }} />`}
  </section>`;
}

// Number of an entry -> the rules that it broke.
function brokenBy(verdicts) {
  const found = new Map();
  for (const verdict of verdicts?.broken || [])
    for (const one of verdict.cases) for (const seq of one.lines) found.set(seq, [...(found.get(seq) || []), verdict.rule]);
  return found;
}

function Filters({ filters, setFilters }) {
  const set = (name) => (event) => {
    const value = event.target.value.trim();
    setFilters((before) => ({ ...before, [name]: value }));
  };
  const field = (name, placeholder, label) => html`<input
    type="search" placeholder=${placeholder} aria-label=${label} value=${filters[name] || ""} onChange=${set(name)} />`;
  return html`<form class="filters" onSubmit=${(event) => event.preventDefault()} role="search" aria-label="Filter the journal">
    <div class="segments" role="group" aria-label="Kind">
      ${KINDS.map(
        ([kind, label]) => html`<button type="button" aria-pressed=${(filters.kind || "") === kind}
          onClick=${() => setFilters((before) => ({ ...before, kind }))}>${label}</button>`,
      )}
    </div>
    <div class="fields">
      ${field("path", "/api/v1/task*", "Path, * stands for anything")}
      ${field("status", "4xx", "Status, such as 404 or 4xx")}
      ${field("task", "task id", "Task")}
    </div>
  </form>`;
}

function All({ live, world, selected, select, broken }) {
  const last = live.card?.journal.last || 0;
  const first = (live.card?.journal.dropped || 0) + 1;
  const total = Math.max(last - first + 1, 0);
  const draw = (place) => live.rows.get(last - place);
  const need = (from, to, came) => live.rows.need(world, Math.max(last - to, first), last - from, came);
  return html`<${List} ...${{ total, draw, need, selected, select, broken, grown: last, source: live.rows }} />`;
}

// Matches, newest first: as many pages as were scrolled to, and what comes meanwhile.
function Filtered({ live, world, filters, selected, select, broken }) {
  const [found, setFound] = useState({ rows: [], next: undefined });
  const last = live.card?.journal.last || 0;
  const read = (before) => get("journal/rows", world, { ...filters, before, limit: PAGE });
  const newest = useReading("journal/rows", world, { ...filters, limit: PAGE }, last);
  useEffect(() => newest.data && setFound((held) => merged(held, newest.data)), [newest.data]);
  const need = async (from, to, came) => {
    if (to < found.rows.length - 1 || !found.next || found.rows.length >= MOST || found.busy) return;
    found.busy = true;
    const { rows, next } = await read(found.next);
    setFound((held) => ({ rows: [...held.rows, ...rows], next }));
    came();
  };
  if (newest.problem) return html`<${Problem} problem=${newest.problem} />`;
  if (found.next !== undefined && !found.rows.length && !found.next) return html`<${Empty}>Nothing in the journal is like this.<//>`;
  return html`<${List} total=${found.rows.length} draw=${(place) => found.rows[place]} ...${{ need, selected, select, broken }}
    grown=${found.rows[0]?.seq || 0} key="filtered" />`;
}

// The newest page before what was read already; in place of it, where there is a gap between the two.
function merged(held, { rows, next }) {
  const fresh = rows.filter((row) => row.seq > (held.rows[0]?.seq || 0));
  return fresh.length < rows.length ? { rows: [...fresh, ...held.rows].slice(0, MOST), next: held.next } : { rows, next };
}

// Rows of one height; the box scrolls, and what is added at the top does not move what one reads. Rows that are not there
// are asked for, again after some came (a reading may be older than the list) and when their `source` is another.
function List({ total, draw, need, selected, select, broken, grown, source }) {
  const box = useRef(null);
  const before = useRef(grown);
  const [view, setView] = useState({ top: 0, height: 700 });
  const [arrivals, setArrivals] = useState(0);
  const look = () => box.current && setView({ top: box.current.scrollTop, height: box.current.clientHeight });
  useEffect(() => {
    const watcher = new ResizeObserver(look);
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  useLayoutEffect(() => {
    const added = grown - before.current;
    before.current = grown;
    if (added > 0 && box.current.scrollTop > ROW) box.current.scrollTop += added * ROW;
  }, [grown]);
  const from = Math.max(Math.floor(view.top / ROW) - 6, 0);
  const to = Math.min(Math.ceil((view.top + view.height) / ROW) + 6, total - 1);
  useEffect(() => {
    if (total) need(from, to, () => setArrivals((count) => count + 1));
  }, [from, to, total, arrivals, source]);
  const rows = [];
  for (let place = from; place <= to; place += 1) rows.push([place, draw(place)]);
  const keys = (event) => {
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...box.current.querySelectorAll("button.row")];
    const next = buttons[buttons.indexOf(document.activeElement) + step];
    next?.focus();
  };
  return html`<div class="rows" ref=${box} onScroll=${look} onKeyDown=${keys} tabindex="-1">
    ${!total && html`<${Empty}>Nothing has happened yet. Send a request, and it shows up here.<//>`}
    <ol style=${{ height: `${total * ROW}px` }}>
      ${rows.map(
        ([place, row]) => html`<li key=${row ? row.seq : `gap-${place}`} style=${{ top: `${place * ROW}px` }}
          aria-posinset=${place + 1} aria-setsize=${total}>
          ${row ? html`<${Row} row=${row} chosen=${row.seq === selected} select=${select} broken=${broken.get(row.seq)} />` : html`<span class="row gap">…</span>`}
        </li>`,
      )}
    </ol>
  </div>`;
}

const DRAWERS = {
  request: (row) => html`<b class="method">${row.method}</b><span class="what" title=${row.path}>${brief(row.path)}</span>`,
  event: (row) => html`<b class="method soft">${(refOf(row) || [""])[0]}</b>
    <span class="what">${row.from || "new"} → ${row.to || "gone"} <i>${short((refOf(row) || [])[1])}</i></span>`,
  delivery: (row) => html`<b class="method soft">hook</b>
    <span class="what">attempt ${row.attempt}${row.redelivery ? ", sent again" : ""} <i>${short(row.task)}</i></span>`,
};

// Paths in short: what all have in common left out, ids by their end. The whole path is the title.
const UUID = /[0-9a-f]{8}-[0-9a-f-]{20,}([0-9a-f]{6})/g;
const brief = (path) => path.replace("/api/v1/", "/").replace(UUID, "…$1");

function Row({ row, chosen, select, broken }) {
  const marks = [row.refused_by, ...(row.faults || [])].filter(Boolean);
  return html`<button type="button" class=${`row ${row.kind} ${row.status === undefined ? "" : tone(row.status)}`}
    aria-current=${chosen ? "true" : undefined} onClick=${() => select(row.seq)}>
    <span class="seq">${row.seq}</span>
    <time>${precise(row.at)}</time>
    ${DRAWERS[row.kind](row)}
    ${marks.length > 0 && html`<span class=${`mark ${row.faults?.length ? "fault" : ""}`}>${marks[0]}</span>`}
    <span class="end">${broken && html`<span class="broke" title=${`the judge: ${broken.join(", ")}`}>✗<span class="sr"> broke ${broken.join(", ")}</span></span>`}
      ${row.status !== undefined && html`<${Status} status=${row.status} />`}</span>
  </button>`;
}
