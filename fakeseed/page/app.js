// The page: worlds on the left, one world's views in the middle, its journal on the right.

import { html, render, useEffect, useState } from "./vendor/htm-preact.js";
import { get, post, setToken } from "./api.js";
import { count, number, usd } from "./format.js";
import { Action, Bar, Copy, Problem } from "./parts.js";
import { Assets } from "./assets.js";
import { Axis } from "./axis.js";
import { Clock } from "./clock.js";
import { CopyAs } from "./copy.js";
import { Entry } from "./entry.js";
import { Faults } from "./faults.js";
import { Journal } from "./journal.js";
import { Scenarios } from "./scenarios.js";
import { Tasks } from "./tasks.js";
import { Verdict, useVerdict } from "./verdict.js";
import { Webhooks } from "./webhooks.js";
import { useWorld } from "./world.js";

const WORLDS_MS = 4000;
const TABS = [["tasks", "Tasks"], ["assets", "Assets"], ["faults", "Faults"], ["scenarios", "Scenarios"], ["webhooks", "Webhooks"], ["judge", "Judge"]];

// The address says what is shown: #/world/tab/record?entry=12
function readAddress() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [world = "", tab = "", record = ""] = path.split("/").map(decodeURIComponent);
  const entry = Number(new URLSearchParams(query).get("entry")) || null;
  return { world, tab: tab || "tasks", record, entry };
}

function useAddress() {
  const [address, setAddress] = useState(readAddress);
  useEffect(() => {
    const turned = () => setAddress(readAddress());
    addEventListener("hashchange", turned);
    return () => removeEventListener("hashchange", turned);
  }, []);
  const go = (change) => {
    const next = { ...readAddress(), ...change };
    const path = [next.world, next.tab, next.record].filter(Boolean).map(encodeURIComponent).join("/");
    location.hash = `#/${path}${next.entry ? `?entry=${next.entry}` : ""}`;
  };
  return [address, go];
}

function App() {
  const [address, go] = useAddress();
  const [worlds, setWorlds] = useState({ list: null, total: 0, problem: null });
  const [asked, ask] = useState(0);
  useEffect(() => {
    let alive = true;
    const read = async () => {
      if (document.hidden) return;
      try {
        const { worlds: list, total } = await get("worlds", "", { limit: 50 });
        if (alive) setWorlds({ list, total, problem: null });
      } catch (problem) {
        if (alive) setWorlds((before) => ({ ...before, problem }));
      }
    };
    read();
    const timer = setInterval(read, WORLDS_MS);
    return () => {
      alive = false;
      clearInterval(timer);
    };
  }, [asked]);
  useEffect(() => {
    if (!address.world && worlds.list?.length) go({ world: worlds.list[0].name });
  }, [worlds.list, address.world]);
  if (worlds.problem?.status === 401) return html`<${Token} problem=${worlds.problem} again=${() => ask(asked + 1)} />`;
  return html`<div class="app">
    <${Worlds} worlds=${worlds} chosen=${address.world} go=${go} />
    ${address.world ? html`<${World} key=${address.world} world=${address.world} ...${{ address, go }} />` : html`<${Welcome} waiting=${worlds.list !== null} />`}
  </div>`;
}

function Worlds({ worlds, chosen, go }) {
  return html`<aside class="worlds" aria-label="Worlds">
    <h1><img src="/_fakeseed/ui/seed.svg" alt="" width="26" height="26" /> fakeseed</h1>
    <h2 class="caption">Worlds</h2>
    <nav aria-label="Worlds"><ul>${(worlds.list || []).map(
      (one) => html`<li key=${one.name}><button type="button" class="world" aria-current=${one.name === chosen ? "true" : undefined}
        onClick=${() => go({ world: one.name, record: "", entry: null })}>
        <b>${one.name.slice(0, 12)}</b> <span class="dim">${one.plan}</span>
        <small class="dim">${count(one.tasks, "task")} · ${count(one.assets, "asset")} · ${count(one.journal.last, "entry", "entries")}</small></button></li>`,
    )}</ul></nav>
    ${worlds.total > (worlds.list?.length || 0) && html`<p class="dim small">and ${number(worlds.total - worlds.list.length)} more</p>`}
    ${worlds.problem && worlds.problem.status !== 401 && html`<${Problem} problem=${worlds.problem} />`}
    <p class="dim small legend">A world is what one API key sees. Its name is a hash of the key.</p>
  </aside>`;
}

function World({ world, address, go }) {
  const live = useWorld(world);
  const verdict = useVerdict(live, world);
  const [filters, setFilters] = useState({});
  const select = (entry) => go({ entry });
  const show = (kind, record) => go({ tab: kind === "asset" ? "assets" : "tasks", record, entry: null });
  const open = (tab) => go({ tab, record: "", entry: null });
  const shared = { live, world, select, show };
  if (live.problem?.status === 404 && !live.card)
    return html`<main class="main"><${Problem} problem=${live.problem} /><button type="button" onClick=${() => go({ world: "" })}>Back to the worlds</button></main>`;
  return html`<main class="main ${address.tab === "journal" ? "journal-first" : ""}" aria-label="World">
    <${Head} live=${live} world=${world} />
    <${Axis} ...${shared} />
    <div class="tabs" role="tablist" aria-label="Views">
      ${[["journal", "Journal"], ...TABS].map(
        ([tab, label]) => html`<button type="button" role="tab" class=${tab === "journal" ? "narrow-only" : ""} id=${`tab-${tab}`}
          aria-selected=${address.tab === tab} aria-controls="view" onClick=${() => open(tab)}>${label}${tab === "judge" && verdict.data?.broken.length > 0 && html` <span class="count">${verdict.data.broken.length}</span>`}${tab === "faults" && live.card?.faults > 0 && html` <span class="count">${live.card.faults}</span>`}</button>`,
      )}
    </div>
    <div class=${`view ${address.entry ? "opened" : ""}`} id="view" role="tabpanel" aria-labelledby=${`tab-${address.tab}`}>
      ${address.entry
        ? html`<${Entry} ...${shared} seq=${address.entry} verdicts=${verdict.data} />`
        : html`<${View} ...${shared} tab=${address.tab} record=${address.record} verdict=${verdict} />`}
    </div>
    <${Journal} ...${{ live, world, filters, setFilters, select }} selected=${address.entry} verdicts=${verdict.data} />
  </main>`;
}

function View({ tab, record, verdict, ...shared }) {
  if (tab === "assets") return html`<${Assets} ...${shared} chosen=${record} />`;
  if (tab === "faults") return html`<${Faults} ...${shared} />`;
  if (tab === "scenarios") return html`<${Scenarios} ...${shared} />`;
  if (tab === "webhooks") return html`<${Webhooks} ...${shared} />`;
  if (tab === "judge") return html`<${Verdict} verdict=${verdict} select=${shared.select} />`;
  return html`<${Tasks} ...${shared} chosen=${record} />`;
}

function Head({ live, world }) {
  const { card } = live;
  const [sure, setSure] = useState(false);
  const reset = async () => {
    await post("reset", world);
    setSure(false);
  };
  return html`<header class="head">
    <${Clock} live=${live} world=${world} />
    ${card && html`<section class="figures" aria-label="Points and quotas">
      <${Bar} label="Points" calm used=${card.points.available} limit=${card.points.granted} text=${`${usd(card.points.available)} left${card.points.frozen ? ` · ${usd(card.points.frozen)} frozen` : ""}`} />
      <${Bar} label="Assets" ...${card.quotas.assets} />
      <${Bar} label="Ephemeral" ...${card.quotas.ephemeral} />
      <${Bar} label="Running" ...${card.quotas.running} />
    </section>`}
    <div class="head-side">
      <span class=${`live ${live.state}`} role="status"><i class="dot"></i><span>${{ live: "live", connecting: "connecting", lost: "connection lost" }[live.state]}</span></span>
      <span class="line nowrap"><${CopyAs} world=${world} since=${1} label="Copy all as" />
        ${sure ? html`<${Action} kind="danger" run=${reset}>Yes, empty it<//><button type="button" class="quiet" onClick=${() => setSure(false)}>Keep</button>` : html`<button type="button" onClick=${() => setSure(true)}>Reset</button>`}</span>
    </div>
  </header>`;
}

const SAMPLE = () => `curl -X POST ${location.origin}/api/v1/asset/upload -H 'X-API-Key: my-key' \\
  -d '{"url": "https://your-cdn.com/person.jpg", "asset_type": "Image", "name": "main-character"}'`;

const Welcome = ({ waiting }) =>
  waiting &&
  html`<main class="welcome"><h2>Waiting for a first request</h2>
    <p>Point your client at <code>${location.origin}</code> in place of <code>https://api.piapi.ai</code>, with any API key. Each key has a world of its own, and it opens here as soon as it is used.</p>
    <p>Or try it by hand:</p><pre class="code" tabindex="0">${SAMPLE()}</pre><${Copy} text=${SAMPLE}>Copy the command<//>
  </main>`;

function Token({ problem, again }) {
  const [value, setValue] = useState("");
  const enter = (event) => {
    event.preventDefault();
    setToken(value);
    again();
  };
  return html`<main class="welcome"><h2>A control token is asked for</h2>
    <p>This server was started with <code>--control-token</code>. The token stays in this tab.</p>
    <form onSubmit=${enter} class="line"><input type="password" aria-label="Control token" autocomplete="off" value=${value} onInput=${(event) => setValue(event.target.value)} />
      <button type="submit" class="primary">Open</button></form>
    ${sessionStorage.length > 0 && html`<${Problem} problem=${problem} />`}</main>`;
}

render(html`<${App} />`, document.getElementById("app"));
