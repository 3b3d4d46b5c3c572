// "Copy as": a request, or all since a moment, as something that runs.

import { html, useEffect, useRef, useState } from "./vendor/htm-preact.js";
import { get } from "./api.js";
import { copyText } from "./parts.js";

const FORMS = [["curl", "curl"], ["httpx", "httpx (Python)"], ["fetch", "fetch (JavaScript)"], ["pytest", "pytest test"], ["scenario", "scenario file"]];

export function CopyAs({ world, seq, since, enabled = true, label = "Copy as" }) {
  const [open, setOpen] = useState(false);
  const [done, setDone] = useState("");
  const box = useRef(null);
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (!open) return undefined;
    const away = (event) => (event.type === "keydown" ? event.key === "Escape" : !box.current?.contains(event.target)) && setOpen(false);
    document.addEventListener("pointerdown", away);
    document.addEventListener("keydown", away);
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("keydown", away);
    };
  }, [open]);
  const copy = async (form, all) => {
    try {
      const query = { form, ...(all ? { since: since ?? seq } : { seq }) };
      await copyText((await get("copy", world, query)).text);
      setDone(`Copied ${form}`);
    } catch (problem) {
      setDone(problem.message);
    }
    setOpen(false);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setDone(""), 2500);
  };
  if (!enabled) return null;
  const rows = (all) => FORMS.map(([form, name]) => html`<button type="button" onClick=${() => copy(form, all)}>${name}</button>`);
  return html`<span class="copy-as" ref=${box}>
    <button type="button" aria-expanded=${open} onClick=${() => setOpen(!open)}>${done || label}</button>
    <span class="sr" role="status">${done}</span>
    ${open && html`<div class="menu">
      ${seq && html`<p>This request</p>${rows(false)}`}
      <p>${seq ? "All from this one on" : "All requests so far"}</p>${rows(true)}
    </div>`}
  </span>`;
}
