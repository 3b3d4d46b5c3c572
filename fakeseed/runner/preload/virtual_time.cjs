// Loaded into Node by fakeseed, through NODE_OPTIONS. A program's timers and pauses move its world's clock, and its
// clocks tell world time. Timers that Node's own modules make stay real, as do pauses below ten milliseconds.
//
// The program is idle when its event loop has turned without anything to do and no request of its own (a file, a name,
// a connection) is under way. Then one call asks the emulator for the moment of the earliest timer.
"use strict";

const target = JSON.parse(process.env.FAKESEED_VIRTUAL_TIME ?? "null");


function begin() {
  const childProcess = require("node:child_process");
  const net = require("node:net");
  const { performance } = require("node:perf_hooks");
  const timers = require("node:timers");
  const timersPromises = require("node:timers/promises");
  const { promisify } = require("node:util");
  const workerThreads = require("node:worker_threads");

  const SHORT_MS = 10; // shorter pauses are no waiting for the world: they are real
  const LONGEST_MS = 2 ** 31 - 1; // Node takes what is longer for 1 ms
  const TICK_US = 0.5; // what a clock moves with each look at it, so that no two looks are the same
  const SETTLED_US = 1000;
  const SPUN_US = 10000; // a clock that has moved so far by looks alone is waited for by a program that spins
  const TURNS = 6;
  const LOOK_MS = 2; // how often a thread that stands looks whether its moment is reached; a notice alone could be missed
  const REACHED = 2;
  const BUSY_MS = 1; // how often a request of the program's own is looked at
  const FRESH_MS = 500; // how long a connection may be silent before its first request, as undici loads its parser then
  const STAGE = "fakeseed.stage", JOINING = 1, JOINED = 2; // how far a worker has come
  const IDLE_MS = 20; // how often a program without timers looks whether it is idle

  const real = {
    setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, Date,
    hrtime: process.hrtime, bigint: process.hrtime.bigint, now: performance.now.bind(performance),
    wait: Atomics.wait, connect: net.Socket.prototype.connect, Worker: workerThreads.Worker,
  };

  let active = true;
  let joined = false;
  let nowUs = target.now_us;
  let leadUs = 0;
  let round = 0;
  let asked = false;
  let ran = true;
  let sleeper = 0;
  const starting = new Map(); // workers that have yet to join: their stage, and when they began to run
  const stage = workerThreads.isMainThread ? null : workerThreads.getEnvironmentData(STAGE); // what our parent looks at
  const children = new Set();

  // -- the channel: the control API over two connections of our own ---------------------------------------------------

  function channel(onReply) {
    const socket = new net.Socket();
    let unread = "";
    socket.setNoDelay(true);
    socket.on("error", stop);
    socket.on("close", stop);
    socket.on("data", (chunk) => {
      unread += chunk.toString("latin1");
      for (;;) {
        const end = unread.indexOf("\r\n\r\n");
        if (end < 0) return;
        const head = unread.slice(0, end);
        const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? 0);
        if (unread.length < end + 4 + length) return;
        const body = unread.slice(end + 4, end + 4 + length);
        unread = unread.slice(end + 4 + length);
        if (!/^HTTP\/1\.1 200 /.test(head)) return stop();
        onReply(JSON.parse(body));
      }
    });
    real.connect.call(socket, target.port, target.host);
    return (call, order) => {
      const body = JSON.stringify(order);
      socket.write(
        `POST /_fakeseed/clock/${call} HTTP/1.1\r\nHost: ${target.host}:${target.port}\r\nX-API-Key: ${target.key}\r\n` +
          `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
      return socket;
    };
  }

  /** From now on time is real: the emulator is gone. What waits is waited for in real time. */
  function stop() {
    if (!active) return;
    active = false;
    tellParent(JOINED);
    for (const timer of queue.splice(0)) timer._real = real.setTimeout(() => timer._fire(), (timer._due - nowUs) / 1000);
    for (const held of connections.splice(0)) held();
  }

  /** Until a worker has joined, its parent is not idle; one that loads no preload is waited for a while. */
  function tellParent(reached) {
    if (stage) Atomics.store(stage, 0, reached);
  }
  tellParent(JOINING);

  const connections = [];
  const fresh = new Map(); // connections on which nothing was sent yet, with the moment at which they were wanted
  const send = channel((reply) => {
    if (!joined) {
      joined = true;
      tellParent(JOINED);
      sleeper = reply.sleeper;
      if (reply.stands) nowUs = Math.max(nowUs, reply.now_us);
      else stop();
      for (const held of connections.splice(0)) held();
    } else {
      asked = false;
      round = reply.round;
      if (round < 0) return stop();
      reach(reply.now_us);
      if (reply.reached) fire();
    }
    consider();
  });
  const bypass = channel(() => {});
  const socket = send("join", {
    pid: process.pid,
    ancestors: [process.ppid],
    loops: true,
    runtime: `Node ${process.versions.node}${workerThreads.isMainThread ? "" : " worker"}`,
  });
  const bypassSocket = bypass("answering", {});
  bypassSocket.unref();

  /** A program's first request waits until the emulator knows that the program takes part. */
  net.Socket.prototype.connect = function (...args) {
    fresh.set(this, real.now());
    if (joined || !active) return real.connect.apply(this, args);
    this.connecting = true;
    connections.push(() => this.destroyed || real.connect.apply(this, args));
    return this;
  };

  const write = net.Socket.prototype._writeGeneric;
  net.Socket.prototype._writeGeneric = function (...args) {
    if (this !== socket && this !== bypassSocket) consider();
    return write.apply(this, args);
  };

  function reach(us) {
    if (us <= nowUs) return;
    leadUs = leadUs < SETTLED_US ? leadUs : 0;
    nowUs = us;
    process.env.FAKESEED_VIRTUAL_TIME = JSON.stringify({ ...target, now_us: nowUs }); // for those that are started from here
  }

  // -- idling ---------------------------------------------------------------------------------------------------------

  let considering = false;
  function consider() {
    if (considering || asked || !joined || !active) return;
    considering = true;
    turn(TURNS);
    hold();
  }

  /** Whatever lies in a socket is seen to within some turns of the event loop. */
  function turn(left) {
    real.setImmediate(() => (left > 1 ? turn(left - 1) : check()));
  }

  /** The event loop lasts as long as a timer that it would last for. */
  function hold() {
    if (!joined || queue.some((timer) => timer._held)) socket.ref();
    else socket.unref();
  }

  function busy() {
    for (const [worker, since] of starting) {
      const reached = Atomics.load(worker, 0);
      if (reached === JOINING || (reached !== JOINED && real.now() - since < FRESH_MS)) return true;
      starting.delete(worker);
    }
    for (const [connection, since] of fresh) {
      if (!connection.destroyed && !connection.bytesWritten && real.now() - since < FRESH_MS) return true;
      fresh.delete(connection);
    }
    return process._getActiveRequests().some((request) => !["WriteWrap", "ShutdownWrap"].includes(request.constructor.name));
  }

  function check() {
    considering = false;
    if (asked || !active) return;
    if (busy()) {
      considering = true;
      real.setTimeout(check, BUSY_MS).unref();
      return;
    }
    if (queue.length && queue[0]._due <= nowUs) return fire(), consider();
    ask(queue.length ? queue[0]._due : null, true);
  }

  function ask(until, listens) {
    asked = true;
    send("sleep", { until_us: until, seen: round, ran, listens, children: [...children] });
    ran = false;
    hold();
  }

  real.setInterval(consider, IDLE_MS).unref();

  // -- timers ---------------------------------------------------------------------------------------------------------

  const queue = []; // by moment, then in the order in which they were set
  let numbered = 0;

  class Timeout {
    constructor(callback, args, ms, repeats) {
      Object.assign(this, { _callback: callback, _args: args, _ms: ms, _repeats: repeats, _held: true, _destroyed: false });
      this._id = ++numbered;
      this._set();
    }
    _set() {
      this._due = nowUs + this._ms * 1000;
      this._order = ++numbered;
      let place = queue.length;
      while (place && queue[place - 1]._due > this._due) place--;
      queue.splice(place, 0, this);
      byId.set(this._id, this);
      ran = true;
      if (asked && place === 0) bypass("wake", { sleeper });
      hold();
      consider();
    }
    _unset() {
      const place = queue.indexOf(this);
      if (place >= 0) queue.splice(place, 1);
      byId.delete(this._id);
      if (this._real) real.clearTimeout(this._real);
      hold();
    }
    _fire() {
      this._unset();
      if (this._repeats) this._set();
      else this._destroyed = true;
      this._callback.apply(this, this._args);
    }
    ref() { this._held = true; hold(); return this; }
    unref() { this._held = false; hold(); return this; }
    hasRef() { return this._held; }
    refresh() { if (!this._destroyed) { this._unset(); this._set(); } return this; }
    close() { this._destroyed = true; this._unset(); return this; }
    [Symbol.toPrimitive]() { return this._id; }
    [Symbol.dispose ?? Symbol("dispose")]() { this.close(); }
  }
  const byId = new Map();

  /** Timers that are due, one after the other; what a timer's callback leaves to microtasks is done before the next. */
  function fire() {
    ran = true;
    const timer = queue[0];
    if (!timer || timer._due > nowUs) return consider();
    real.setImmediate(fire);
    timer._fire();
  }

  /** Whether Node's own modules call: their timers are limits of connections, which stay real. */
  function calledByNode() {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 4;
    const frames = new Error().stack.split("\n").slice(3);
    Error.stackTraceLimit = limit;
    return /\(node:|at node:|[\\/]node_modules[\\/]undici[\\/]/.test(frames[0] ?? "");
  }

  const spanOf = (ms) => ((ms = Number(ms)) >= 1 && ms <= LONGEST_MS ? Math.trunc(ms) : 1);

  function timer(native, repeats) {
    return function (callback, ms, ...args) {
      const span = spanOf(ms);
      if (!active || typeof callback !== "function" || calledByNode()) return native(callback, ms, ...args);
      if (span >= SHORT_MS) return new Timeout(callback, args, span, repeats);
      return native(function (...given) { leadUs += span * 1000; spun(); return callback.apply(this, given); }, ms, ...args);
    };
  }

  function clear(native) {
    return (handle) => {
      const ours = handle instanceof Timeout ? handle : byId.get(Number(handle));
      if (typeof handle === "object" ? handle instanceof Timeout : ours) ours.close();
      else native(handle);
    };
  }

  const virtual = {
    setTimeout: timer(real.setTimeout, false), setInterval: timer(real.setInterval, true),
    clearTimeout: clear(real.clearTimeout), clearInterval: clear(real.clearInterval),
  };
  const pause = (ms, value, options = {}) => {
    const { signal, ref = true } = options ?? {};
    return new Promise((resolve, reject) => {
      const abort = () => {
        clearTimeout(handle);
        const error = new Error("The operation was aborted", { cause: signal.reason });
        reject(Object.assign(error, { name: "AbortError", code: "ABORT_ERR" }));
      };
      const handle = virtual.setTimeout(() => { signal?.removeEventListener("abort", abort); resolve(value); }, ms);
      if (!ref) handle.unref();
      if (signal?.aborted) abort();
      else signal?.addEventListener("abort", abort, { once: true });
    });
  };
  async function* ticks(ms, value, options = {}) {
    for (;;) yield await pause(ms, value, options);
  }
  Object.defineProperty(virtual.setTimeout, promisify.custom, { enumerable: true, get: () => pause });
  Object.assign(timersPromises, { setTimeout: pause, setInterval: ticks });
  if (timersPromises.scheduler) timersPromises.scheduler.wait = (ms, options) => pause(ms, undefined, options);
  Object.assign(globalThis, virtual);
  Object.assign(timers, virtual);

  AbortSignal.timeout = (ms) => {
    const controller = new AbortController();
    const reason = () => new DOMException("The operation was aborted due to timeout", "TimeoutError");
    virtual.setTimeout(() => controller.abort(reason()), ms).unref();
    return controller.signal;
  };

  // -- clocks ---------------------------------------------------------------------------------------------------------

  const beginUs = nowUs;
  const beginNs = real.bigint();
  const beginMs = real.now();

  function clockUs() {
    if (!active) return nowUs + leadUs + Number(real.bigint() - stoppedAt()) / 1000;
    leadUs += TICK_US;
    spun();
    return nowUs + leadUs;
  }
  let stopped = null;
  const stoppedAt = () => (stopped ??= real.bigint());

  /** A program that looks at the clock again and again waits for it. */
  function spun() {
    if (leadUs < SPUN_US) return;
    const lead = Math.ceil(leadUs / 1000) * 1000;
    leadUs = 0;
    standUntil(nowUs + lead);
  }

  class WorldDate extends real.Date {
    constructor(...args) {
      if (args.length) super(...args);
      else super(Math.floor(clockUs() / 1000));
    }
    static now() { return Math.floor(clockUs() / 1000); }
  }
  const dates = new Proxy(real.Date, {
    construct: (date, args, derived) => Reflect.construct(date, args.length ? args : [WorldDate.now()], derived),
    apply: () => new real.Date(WorldDate.now()).toString(),
    get: (date, name, receiver) => (name === "now" ? WorldDate.now : Reflect.get(date, name, receiver)),
  });
  real.Date.prototype.constructor = dates;
  globalThis.Date = dates;

  const sinceBeginNs = () => beginNs + BigInt(Math.round((clockUs() - beginUs) * 1000));
  const hrtime = (earlier) => {
    const ns = sinceBeginNs() - (earlier ? BigInt(earlier[0]) * 1000000000n + BigInt(earlier[1]) : 0n);
    return [Number(ns / 1000000000n), Number(ns % 1000000000n)];
  };
  hrtime.bigint = sinceBeginNs;
  process.hrtime = hrtime;
  performance.now = () => beginMs + (clockUs() - beginUs) / 1000;

  // -- what blocks the event loop -------------------------------------------------------------------------------------

  /** Let the emulator know that this thread stands in a call; gives what is to be done after it. */
  function standing(until) {
    if (!active || !joined) return () => {};
    if (!asked) ask(until, false);
    return () => { ran = true; if (asked) bypass("wake", { sleeper }); };
  }

  let helper = null;
  /** Another thread asks for a moment while this one stands. */
  function standUntil(until, array = new Int32Array(new SharedArrayBuffer(4)), index = 0, value = 0) {
    if (!active) return real.wait(array, index, value, Math.max(until - nowUs, 0) / 1000);
    helper ??= startHelper();
    const order = new Int32Array(new SharedArrayBuffer(4));
    helper.postMessage({ until, array, index, order });
    real.wait(order, 0, 0);
    const after = standing(until);
    let outcome;
    do outcome = real.wait(array, index, value, LOOK_MS);
    while (outcome === "timed-out" && Atomics.load(order, 0) !== REACHED);
    const reached = Atomics.load(order, 0) === REACHED;
    if (reached) reach(until);
    after();
    return reached ? "timed-out" : outcome;
  }

  function startHelper() {
    const started = new real.Worker(HELPER, { eval: true, execArgv: [], env: {}, workerData: target });
    started.unref();
    return started;
  }

  Atomics.wait = (array, index, value, ms = Infinity) => {
    if (!active || !(ms >= SHORT_MS)) return real.wait(array, index, value, ms);
    if (ms === Infinity) {
      const after = standing(null);
      try { return real.wait(array, index, value); } finally { after(); }
    }
    if (Atomics.load(array, index) !== value) return "not-equal";
    return standUntil(nowUs + Math.ceil(ms) * 1000, array, index, value);
  };

  for (const name of ["spawnSync", "execSync", "execFileSync"]) {
    const native = childProcess[name];
    childProcess[name] = function (...args) {
      const after = standing(null);
      try { return native.apply(this, args); } finally { after(); }
    };
  }
  const spawn = childProcess.ChildProcess.prototype.spawn;
  childProcess.ChildProcess.prototype.spawn = function (...args) {
    const result = spawn.apply(this, args);
    const { pid } = this;
    if (pid) {
      children.add(pid);
      this.once("exit", () => children.delete(pid));
    }
    return result;
  };
  workerThreads.Worker = class Worker extends real.Worker {
    constructor(...args) {
      const worker = new Int32Array(new SharedArrayBuffer(4));
      workerThreads.setEnvironmentData(STAGE, worker); // goes to the workers that are made from here on
      super(...args);
      starting.set(worker, Infinity);
      this.once("online", () => starting.has(worker) && starting.set(worker, real.now()));
      this.once("exit", () => starting.delete(worker));
    }
  };
  require("node:module").syncBuiltinESMExports();
}

const HELPER = `
const http = require("node:http");
const { parentPort, workerData } = require("node:worker_threads");
const agent = new http.Agent({ keepAlive: false });
parentPort.on("message", ({ until, array, index, order }) => {
  const headers = { "X-API-Key": workerData.key, "Content-Type": "application/json" };
  const options = { host: workerData.host, port: workerData.port, agent, headers, method: "POST", path: "/_fakeseed/clock/sleep" };
  const request = http.request(options, (response) => {
    response.resume();
    response.on("end", () => { Atomics.store(order, 0, 2); Atomics.notify(array, index); });
  });
  request.on("error", () => { Atomics.store(order, 0, 2); Atomics.notify(array, index); });
  request.end(JSON.stringify({ until_us: until }), () => { if (Atomics.compareExchange(order, 0, 0, 1) === 0) Atomics.notify(order, 0); });
});
`;

if (target) begin();
