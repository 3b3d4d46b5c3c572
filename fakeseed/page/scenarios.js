// Scenarios: pick one, and the world is made anew as it wants it.

import { html, useState } from "./vendor/htm-preact.js";
import { post } from "./api.js";
import { Action, Empty, Problem } from "./parts.js";
import { useReading } from "./reading.js";

export function Scenarios({ world }) {
  const { data, problem } = useReading("catalogue/scenarios", world, {}, 0);
  const [query, setQuery] = useState("");
  const [loaded, setLoaded] = useState("");
  const load = (name) => async () => {
    await post("scenario", world, { name });
    setLoaded(name);
  };
  const fits = (one) => `${one.name} ${one.title} ${one.faults.join(" ")}`.toLowerCase().includes(query.toLowerCase());
  return html`<section aria-label="Scenarios">
    <div class="toolbar"><h2>Scenarios</h2><span class="grow"></span>
      <input type="search" placeholder="Find a scenario" aria-label="Find a scenario" value=${query} onInput=${(event) => setQuery(event.target.value)} /></div>
    <p class="dim">Picking one makes this world anew: its assets, tasks, points, faults and journal are replaced.</p>
    <p role="status" class=${loaded ? "note" : "sr"}>${loaded && `This world is now as ${loaded} wants it. Let your client run.`}</p>
    <${Problem} problem=${problem} />
    ${!data && !problem && html`<${Empty}>Reading the scenarios …<//>`}
    <ul class="list">${(data?.scenarios || []).filter(fits).map(
      (one) => html`<li key=${one.name} class="scenario"><div><b>${one.name}</b> <span>${one.title}</span>
          <p class="small dim">${one.about}</p>${one.client && html`<p class="small note">A correct client: ${one.client}</p>`}
          ${one.faults.map((fault) => html`<span class="chip">${fault}</span>`)}</div>
        <${Action} run=${load(one.name)} label=${`Load ${one.name}`}>Load<//></li>`,
    )}</ul>
  </section>`;
}
