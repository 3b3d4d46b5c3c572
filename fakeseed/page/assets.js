// Assets: a picture of each, its state, and how long it has left.

import { html, useEffect, useState } from "./vendor/htm-preact.js";
import { blob, post } from "./api.js";
import { hue, seconds, short, span } from "./format.js";
import { Action, Empty, Problem, State, release } from "./parts.js";
import { useNow } from "./clock.js";
import { Pages } from "./tasks.js";
import { useReading } from "./reading.js";

const STATES = ["", "Processing", "Active", "Failed"];
const SIGNS = { Image: "◧", Video: "▶", Audio: "♪" };

export function Assets({ live, world, chosen, show }) {
  const [status, setStatus] = useState("");
  const [kind, setKind] = useState("managed");
  const [offset, setOffset] = useState(0);
  const query = chosen ? { id: chosen } : { status, kind, offset, limit: 12 };
  const { data, problem, again } = useReading("assets", world, query, live.revision.assets);
  const now = useNow(live);
  useEffect(() => setOffset(0), [status, kind, world]);
  const segments = (label, all, value, set) => html`<div class="segments" role="group" aria-label=${label}>${all.map(
    (one) => html`<button type="button" aria-pressed=${value === one} onClick=${() => set(one)}>${one || "all"}</button>`,
  )}</div>`;
  return html`<section aria-label="Assets">
    <div class="toolbar">
      ${chosen
        ? html`<button type="button" class="quiet" onClick=${() => show("asset", "")}>← All assets</button>`
        : html`${segments("Status", STATES, status, setStatus)} ${segments("Kind", ["managed", "ephemeral"], kind, setKind)}`}
      <span class="grow"></span>
      ${data && !chosen && html`<${Pages} ...${{ offset, setOffset, data }} />`}
    </div>
    <${Problem} problem=${problem} />
    ${data && !data.assets.length && html`<${Empty}>No asset here. A <code>POST /api/v1/asset/upload</code> makes one.<//>`}
    <div class="cards small-cards">
      ${(data?.assets || []).map((asset) => html`<${Card} key=${asset.asset_id} ...${{ asset, world, now, show, again }} />`)}
    </div>
  </section>`;
}

function Card({ asset, world, now, show, again }) {
  const act = (name) => () => post(`assets/${encodeURIComponent(asset.asset_id)}/${name}`, world).then(again);
  const left = seconds(asset.expires_at) - now;
  return html`<article class="card asset" aria-label=${`Asset ${asset.name}`}>
    <${Picture} asset=${asset} world=${world} />
    <div class="body">
      <div class="line"><b class="clip">${asset.name}</b><span class="grow"></span><${State}>${asset.status}<//></div>
      <p class="dim small clip" title=${asset.url}>${asset.url}</p>
      ${asset.error && html`<p class="fail small">${asset.error.code}: ${asset.error.message}</p>`}
      <p class="small dim">${asset.status === "Processing"
        ? asset.next ? `ready in ${span(Math.max(seconds(asset.next.at) - now, 0))}` : "never ready by itself"
        : left > 0 ? `${span(left)} left` : "expired"}</p>
      <div class="line foot">
        <button type="button" class="link small" onClick=${() => show("asset", asset.asset_id)} title=${asset.asset_id}>${short(asset.asset_id)}</button>
        <span class="grow"></span>
        ${asset.status === "Processing" && html`<${Action} kind="small" run=${act("activate")}>activate<//>`}
        ${asset.status !== "Failed" && html`<${Action} kind="small" run=${act("fail")}>fail<//>`}
      </div>
    </div>
  </article>`;
}

// The picture that the server has of it; where it has none (nothing was fetched), a drawn one in the asset's own colour.
function Picture({ asset, world }) {
  const [source, setSource] = useState("");
  useEffect(() => {
    if (!asset.picture) return undefined;
    const leaving = new AbortController();
    let url = "";
    blob(`assets/${encodeURIComponent(asset.asset_id)}/picture`, world, leaving.signal).then(
      (data) => leaving.signal.aborted || setSource((url = URL.createObjectURL(data))),
      () => {},
    );
    return () => {
      leaving.abort();
      release(url);
    };
  }, [asset.asset_id, asset.picture, world]);
  if (source) return html`<img class="picture" src=${source} alt=${asset.name} />`;
  return html`<div class="picture drawn" style=${{ "--hue": hue(asset.asset_id) }} role="img" aria-label=${`${asset.asset_type} ${asset.name}`}>
    <span aria-hidden="true">${SIGNS[asset.asset_type]}</span></div>`;
}
