// One world as the page follows it: its figures, the rows of its journal, and when lists have to be read again.

import { useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { follow, get } from "./api.js";

const MOST_ROWS = 3000;
const BATCH = 100;
const REDRAW_MS = 120;

// Rows of the journal by number. Bounded: what lies farthest from where one looks is forgotten, and read again.
export class Rows {
  constructor() {
    this.bySeq = new Map();
    this.loading = new Set();
  }

  put(row, centre) {
    this.bySeq.set(row.seq, row);
    if (this.bySeq.size <= MOST_ROWS) return;
    const distance = (seq) => Math.abs(seq - (centre ?? row.seq));
    const far = [...this.bySeq.keys()].sort((a, b) => distance(b) - distance(a));
    far.slice(0, BATCH * 5).forEach((seq) => this.bySeq.delete(seq));
  }

  get = (seq) => this.bySeq.get(seq);

  // Reads the rows around these numbers that are not there yet; calls back when something came.
  async need(world, first, last, came) {
    for (let page = Math.floor((first - 1) / BATCH); page <= Math.floor((last - 1) / BATCH); page += 1) {
      const [low, high] = [page * BATCH + 1, (page + 1) * BATCH];
      const missing = range(Math.max(low, first), Math.min(high, last)).some((seq) => !this.bySeq.has(seq));
      if (!missing || this.loading.has(page)) continue;
      this.loading.add(page);
      try {
        const { rows } = await get("journal/rows", world, { before: high + 1, limit: BATCH });
        const fresh = rows.filter((row) => !this.bySeq.has(row.seq));
        fresh.forEach((row) => this.put(row, first));
        if (fresh.length) came();
      } catch {
        // the stream says that the server is away; rows are asked for again when they are looked at
      } finally {
        this.loading.delete(page);
      }
    }
  }
}

const range = (first, last) => Array.from({ length: Math.max(last - first + 1, 0) }, (_, place) => first + place);

const REVISES = {
  request: (row) => (row.method === "GET" ? [] : ["tasks", "assets"]),
  event: (row) => ["timeline", row.asset ? "assets" : "tasks"],
  delivery: () => ["tasks", "webhooks"],
  fault: () => ["faults"],
  clock: () => ["timeline"],
  world: () => ["timeline", "faults"],
};

const FRESH = { card: null, state: "connecting", problem: null, rows: new Rows(), revision: {} };

// Follows the world of a name for as long as the component is there and the tab can be seen.
export function useWorld(name) {
  const [, redraw] = useState(0);
  const held = useRef(FRESH);
  useEffect(() => {
    const now = (held.current = { ...FRESH, rows: new Rows(), revision: {}, name });
    let timer = 0;
    let leaving = new AbortController();
    let drawn = -REDRAW_MS;
    const soon = () => {
      timer ||= setTimeout(() => {
        timer = 0;
        drawn = performance.now();
        redraw((count) => count + 1);
      }, Math.max(0, drawn + REDRAW_MS - performance.now()));
    };
    const onEvent = (type, data) => {
      if (type === "world") now.card = data;
      if (type === "clock" && now.card) now.card = { ...now.card, clock: data };
      if (type === "clock" || type === "world") now.received = performance.now();
      if (type === "reset") Object.assign(now, { rows: new Rows(), selected: null });
      if (data.seq) {
        now.rows.put(data);
        if (now.card && data.seq > now.card.journal.last) now.card.journal = { ...now.card.journal, last: data.seq };
      }
      const revised = type === "reset" ? Object.keys({ tasks: 1, assets: 1, faults: 1, timeline: 1, webhooks: 1 }) : REVISES[type]?.(data) || [];
      revised.forEach((list) => (now.revision = { ...now.revision, [list]: (now.revision[list] || 0) + 1 }));
      soon();
    };
    const onState = (state, problem) => {
      Object.assign(now, { state, problem });
      soon();
    };
    const begin = () => {
      leaving = new AbortController();
      follow(name, now.card?.journal.last ?? -1, leaving.signal, { onEvent, onState });
    };
    const turned = () => (document.hidden ? leaving.abort() : begin());
    document.addEventListener("visibilitychange", turned);
    if (!document.hidden) begin();
    return () => {
      document.removeEventListener("visibilitychange", turned);
      leaving.abort();
      clearTimeout(timer);
    };
  }, [name]);
  return held.current;
}
