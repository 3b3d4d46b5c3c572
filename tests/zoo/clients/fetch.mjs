// Node's own fetch.

import { TIMEOUT, finish, nothing, readBody } from "./workflow.mjs";

async function send({ method, url, body, headers }) {
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { "Content-Type": "application/json" };
  try {
    const signal = AbortSignal.timeout(TIMEOUT);
    const response = await fetch(url, { method, headers: { ...headers, ...type }, ...json, signal });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      ...(await readBody(response.body)),
    };
  } catch {
    return nothing();
  }
}

await finish(send, { firstPause: 2 });
