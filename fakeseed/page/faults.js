// Faults: what is armed and how often it struck; arming one with a form made from its own options.

import { html, useState } from "./vendor/htm-preact.js";
import { call, post } from "./api.js";
import { Action, Empty, Pill, Problem } from "./parts.js";
import { useReading } from "./reading.js";

export function Faults({ live, world }) {
  const armed = useReading("faults", world, {}, live.revision.faults);
  const { data, problem } = useReading("catalogue/faults", world, {}, 0);
  const [name, setName] = useState("");
  const [query, setQuery] = useState("");
  const fits = (fault) => `${fault.name} ${fault.group} ${fault.sentence}`.toLowerCase().includes(query.toLowerCase());
  const disarm = (id) => () => call("DELETE", id ? `faults/${encodeURIComponent(id)}` : "faults", { world });
  const faults = armed.data?.faults || [];
  return html`<section aria-label="Faults">
    <div class="toolbar"><h2>Armed</h2><span class="grow"></span>${faults.length > 0 && html`<${Action} run=${disarm("")}>Disarm all<//>`}</div>
    <${Problem} problem=${problem || armed.problem} />
    ${!faults.length && html`<${Empty}>Nothing goes wrong on purpose. Choose a fault below and arm it.<//>`}
    <ul class="list armed">${faults.map(
      (one) => html`<li key=${one.id}><b>${one.fault}</b> <span class="dim">${one.on || "its own route"}</span>
        ${describe(one).map((word) => html`<span class="chip">${word}</span>`)}
        <span class="grow"></span><${Pill} kind=${one.fired ? "bad" : "wait"}>struck ${one.fired} of ${one.met}<//>
        <${Action} kind="small" run=${disarm(one.id)} label=${`Disarm ${one.fault}`}>disarm<//></li>`,
    )}</ul>
    <div class="toolbar"><h2>What can go wrong</h2><span class="grow"></span>
      <input type="search" placeholder="Find a fault" aria-label="Find a fault" value=${query} onInput=${(event) => setQuery(event.target.value)} /></div>
    <ul class="list">${(data?.faults || []).filter(fits).map(
      (fault) => html`<li key=${fault.name} class="fold">
        <button type="button" class="fold-head" aria-expanded=${name === fault.name} onClick=${() => setName(name === fault.name ? "" : fault.name)}>
          <b>${fault.name}</b> <span class="dim">${fault.sentence}</span><span class="grow"></span><${Pill} kind="wait">${fault.group}<//></button>
        ${name === fault.name && html`<${Form} ...${{ fault, conditions: data.conditions, routes: data.routes, world }} />`}
      </li>`,
    )}</ul>
  </section>`;
}

const SHOWN = new Set(["id", "fault", "on", "met", "fired"]);
const describe = (one) => Object.entries(one).filter(([name]) => !SHOWN.has(name)).map(([name, value]) => `${name} ${JSON.stringify(value)}`);

function Form({ fault, conditions, routes, world }) {
  const [values, setValues] = useState({});
  const set = (name) => (value) => setValues({ ...values, [name]: value });
  const arm = async () => {
    const chosen = Object.entries(values).filter(([, value]) => value !== "" && value !== false);
    const known = Object.fromEntries([...fault.options, ...conditions].map((option) => [option.name, option]));
    const order = Object.fromEntries(chosen.map(([name, value]) => [name, typed(known[name], value)]));
    await post("faults", world, { fault: fault.name, ...order });
    setValues({});
  };
  const draw = (option) => html`<${Field} key=${option.name} option=${option.name === "on" ? { ...option, choices: routes.filter((route) => fault.routes.includes(route)) } : option}
    value=${values[option.name] ?? ""} set=${set(option.name)} />`;
  return html`<form class="arm" onSubmit=${(event) => event.preventDefault()} aria-label=${`Arm ${fault.name}`}>
    ${fault.more.map((text) => html`<p class="small">${text}</p>`)}
    ${fault.correct && html`<p class="small note">A correct client: ${fault.correct}</p>`}
    <div class="fields">${fault.options.map(draw)}${conditions.filter((one) => ["on", "nth", "times", "always", "for"].includes(one.name)).map(draw)}</div>
    <details><summary>More conditions</summary><div class="fields">${conditions.filter((one) => !["on", "nth", "times", "always", "for"].includes(one.name)).map(draw)}</div></details>
    <${Action} kind="primary" run=${arm}>Arm ${fault.name}<//>
  </form>`;
}

function Field({ option, value, set }) {
  const { name, types, choices, says } = option;
  const hint = option.default === null || option.default === "" ? "" : `default ${JSON.stringify(option.default)}`;
  const input = choices
    ? html`<select value=${value} onChange=${(event) => set(event.target.value)}><option value="">${hint || "–"}</option>${choices.map((one) => html`<option value=${one}>${one}</option>`)}</select>`
    : types.includes("boolean")
      ? html`<input type="checkbox" checked=${value === true} onChange=${(event) => set(event.target.checked)} />`
      : html`<input type="text" value=${value} placeholder=${hint} onInput=${(event) => set(event.target.value.trim())} />`;
  return html`<label class="field"><span>${name}</span>${input}<small class="dim">${says}</small></label>`;
}

// What was typed, as the fault takes it: a number, a list of numbers, or text.
function typed(option, value) {
  if (typeof value === "boolean") return value;
  const numeric = option.types.some((type) => type === "integer" || type === "number");
  if (numeric && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (option.types.includes("array") && /^\d+(\s*,\s*\d+)+$/.test(value)) return value.split(",").map(Number);
  return value;
}
