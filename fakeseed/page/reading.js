// Lists that are read again as the world changes, without costing a busy server more than a small share of its time.

import { useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { get } from "./api.js";

const REST_MS = 400;
const MOST_REST_MS = 2000;
const REST_SHARE = 25;

// How long to leave the server alone after a call that took so long.
export const restAfter = (took, least = REST_MS) => Math.min(Math.max(least, took * REST_SHARE), MOST_REST_MS);

// One reading at a time, a rest between two, and no change missed: what is asked for during a reading is read after it.
class Reader {
  constructor(path, world, query, setReading) {
    Object.assign(this, { path, world, query, setReading });
    this.leaving = new AbortController();
    this.timer = 0;
    this.restUntil = 0;
    this.reading = false;
    this.stale = false;
  }

  ask() {
    this.stale = true;
    if (this.reading) return;
    this.timer ||= setTimeout(() => this.read(), Math.max(0, this.restUntil - performance.now()));
  }

  askAtOnce() {
    clearTimeout(this.timer);
    Object.assign(this, { timer: 0, restUntil: 0 });
    this.ask();
  }

  async read() {
    Object.assign(this, { timer: 0, reading: true, stale: false });
    const began = performance.now();
    const reading = await get(this.path, this.world, this.query, this.leaving.signal).then(
      (data) => ({ data, problem: null }),
      (problem) => ({ problem }),
    );
    if (this.leaving.signal.aborted) return;
    this.reading = false;
    this.restUntil = performance.now() + restAfter(performance.now() - began);
    this.setReading((before) => ({ ...before, ...reading }));
    if (this.stale) this.ask();
  }

  close() {
    this.leaving.abort();
    clearTimeout(this.timer);
  }
}

// What a path answers, read again whenever `revision` moves.
export function useReading(path, world, query, revision) {
  const [reading, setReading] = useState({ data: null, problem: null });
  const reader = useRef(null);
  const key = JSON.stringify([path, world, query]);
  useEffect(() => {
    reader.current = new Reader(path, world, query, setReading);
    return () => reader.current.close();
  }, [key]);
  useEffect(() => reader.current.ask(), [key, revision]);
  return { ...reading, again: () => reader.current?.askAtOnce() };
}
