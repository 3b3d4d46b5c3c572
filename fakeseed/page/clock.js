// The world's clock: where it stands, and everything that moves it.

import { html, useEffect, useState } from "./vendor/htm-preact.js";
import { post } from "./api.js";
import { day, instant, seconds, time } from "./format.js";
import { Action } from "./parts.js";

const RATES = [0.1, 1, 10, 60, 600, 3600];

// The world's instant now, in seconds: on a running clock it goes on between two words from the server.
export function useNow(live) {
  const [, tick] = useState(0);
  const clock = live.card?.clock;
  const running = clock?.mode === "real";
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => tick((count) => count + 1), 250);
    return () => clearInterval(timer);
  }, [running]);
  if (!clock) return 0;
  const passed = running ? ((performance.now() - live.received) / 1000) * clock.rate : 0;
  return seconds(clock.now) + passed;
}

const MODES = { frozen: "stands still", auto: "moves with each poll", real: "runs" };

export function Clock({ live, world }) {
  const now = useNow(live);
  const clock = live.card?.clock;
  if (!clock) return null;
  const text = instant(now);
  const [by, setBy] = useState("1m");
  const order = (path, body) => () => post(`clock/${path}`, world, body);
  const rate = (event) => post("clock/resume", world, { rate: Number(event.target.value) });
  const rates = RATES.includes(clock.rate) || clock.mode !== "real" ? RATES : [...RATES, clock.rate].sort((a, b) => a - b);
  return html`<section class="clock" aria-label="Clock">
    <div class="face"><time class="now" datetime=${text}>${time(text)}</time><span class="dim">${day(text)} · ${MODES[clock.mode]}</span></div>
    <div class="controls">
      ${clock.mode === "frozen"
        ? html`<${Action} run=${order("resume", { rate: 1 })}>▶ Run<//>`
        : html`<${Action} run=${order("freeze")}>❚❚ Freeze<//>`}
      <${Action} kind="primary" run=${order("advance", { to: "next" })} label="Step to the next event">Next ⇥<//>
      <form class="advance" onSubmit=${(event) => event.preventDefault()}>
        <input value=${by} aria-label="Advance by a span" size="5" onInput=${(event) => setBy(event.target.value)} />
        <${Action} run=${order("advance", { by })}>Advance<//>
      </form>
      <label class="pick">rate <select aria-label="Rate" value=${clock.mode === "real" ? clock.rate : ""} onChange=${rate}>
        ${clock.mode !== "real" && html`<option value="">–</option>`}
        ${rates.map((one) => html`<option value=${one}>×${one}</option>`)}</select></label>
      <${Action} kind=${clock.mode === "auto" ? "on" : ""} run=${order("auto", {})} label="Let each poll move the clock">Auto<//>
    </div>
  </section>`;
}
