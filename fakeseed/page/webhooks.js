// Webhook attempts, newest first; one opens to its headers and its body.

import { html } from "./vendor/htm-preact.js";
import { post } from "./api.js";
import { precise, short } from "./format.js";
import { Action, Empty, Problem, Status } from "./parts.js";
import { useReading } from "./reading.js";

export function Webhooks({ live, world, select, show }) {
  const { data, problem } = useReading("journal/rows", world, { kind: "delivery", limit: 100 }, live.revision.webhooks);
  const rows = data?.rows || [];
  const again = (task) => () => post(`tasks/${encodeURIComponent(task)}/redeliver`, world);
  return html`<section aria-label="Webhooks">
    <div class="toolbar"><h2>Webhook attempts</h2></div>
    <${Problem} problem=${problem} />
    ${data && !rows.length && html`<${Empty}>No webhook has gone out. A task with <code>config.webhook_config.endpoint</code> sends one when it ends.<//>`}
    <ul class="list">${rows.map(
      (row) => html`<li key=${row.seq}><button type="button" class="link" onClick=${() => select(row.seq)}>#${row.seq}</button>
        <time>${precise(row.at)}</time> <${Status} status=${row.status} />
        <span>${row.redelivery ? "sent again" : `attempt ${row.attempt}`}</span>
        <button type="button" class="link" onClick=${() => show("task", row.task)}>${short(row.task)}</button>
        <span class="dim clip">${row.cause || row.url}</span><span class="grow"></span>
        <${Action} kind="small" run=${again(row.task)} label=${`Redeliver the webhook of ${row.task}`}>redeliver<//></li>`,
    )}</ul>
  </section>`;
}
