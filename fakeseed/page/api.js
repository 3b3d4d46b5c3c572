// The control API as the page uses it: calls, and the stream of what happens. Nothing else talks to the server.

const BASE = "/_fakeseed/";
const TOKEN = "fakeseed-token";

export class ApiError extends Error {
  constructor(status, answer) {
    super(answer.error || `the server answered ${status}`);
    this.status = status;
    this.hint = answer.hint || "";
  }
}

export const setToken = (token) => sessionStorage.setItem(TOKEN, token);

function headersFor(world, extra = {}) {
  const token = sessionStorage.getItem(TOKEN);
  return {
    ...(world ? { "X-Fakeseed-World": world } : {}),
    ...(token ? { "X-Fakeseed-Token": token } : {}),
    ...extra,
  };
}

function address(path, query = {}) {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(pairs).toString();
  return BASE + path + (text ? `?${text}` : "");
}

async function send(method, path, { world, query, body, signal } = {}) {
  const response = await fetch(address(path, query), {
    method,
    headers: headersFor(world, body === undefined ? {} : { "Content-Type": "application/json" }),
    body: body === undefined ? undefined : JSON.stringify(body),
    signal,
  });
  if (!response.ok) throw new ApiError(response.status, await response.json().catch(() => ({})));
  return response;
}

export const call = async (method, path, options) => (await send(method, path, options)).json();
export const get = (path, world, query, signal) => call("GET", path, { world, query, signal });
export const post = (path, world, body = {}) => call("POST", path, { world, body });
export const blob = async (path, world, signal) => (await send("GET", path, { world, signal })).blob();

const BURST = 24;
const TURN_MS = 800;
let turnsLeft = BURST;
let refilling = 0;
let waiting = [];

// A turn for what costs the server much, such as a video: some at once, then one at a time, the latest asked for first.
// Cards that flash by on a busy server ask for nothing.
export function turn(signal) {
  refilling ||= setTimeout(refill, TURN_MS);
  if (turnsLeft > 0) {
    turnsLeft -= 1;
    return Promise.resolve();
  }
  return new Promise((resolve) => waiting.push({ resolve, signal }));
}

function refill() {
  waiting = waiting.filter(({ signal }) => !signal.aborted);
  const next = waiting.pop();
  if (next) next.resolve();
  else turnsLeft += 1;
  refilling = turnsLeft < BURST ? setTimeout(refill, TURN_MS) : 0;
}

const WAITS = [500, 1000, 2000, 5000];

// Follows a world until `signal` is aborted: reconnects by itself, from the last number that it has.
export async function follow(world, after, signal, { onEvent, onState }) {
  let last = after;
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      const options = { headers: headersFor(world, last < 0 ? {} : { "Last-Event-ID": String(last) }), signal };
      const response = await fetch(address("events", { most: 50 }), options);
      if (!response.ok) throw new ApiError(response.status, await response.json().catch(() => ({})));
      onState("live");
      failures = 0;
      for await (const event of eventsOf(response.body)) {
        if (event.id) last = Number(event.id);
        if (event.type === "reset") last = 0;
        onEvent(event.type, event.data);
      }
    } catch (problem) {
      if (signal.aborted) return;
      onState("lost", problem);
      if (problem.status === 404 || problem.status === 401) return;
    }
    await new Promise((resolve) => setTimeout(resolve, WAITS[Math.min(failures, WAITS.length - 1)]));
  }
}

async function* eventsOf(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    buffer += value;
    const blocks = buffer.split("\n\n");
    buffer = blocks.pop();
    for (const block of blocks) {
      const event = parsed(block);
      if (event.data !== undefined) yield event;
    }
  }
}

function parsed(block) {
  const event = { type: "message" };
  for (const line of block.split("\n")) {
    if (line.startsWith("event: ")) event.type = line.slice(7);
    else if (line.startsWith("id: ")) event.id = line.slice(4);
    else if (line.startsWith("data: ")) event.data = JSON.parse(line.slice(6));
  }
  return event;
}
