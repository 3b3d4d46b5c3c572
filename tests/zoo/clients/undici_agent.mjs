// undici with an agent of its own: few connections, kept alive. Polls seldom.

import { createRequire } from "node:module";
import { TIMEOUT, finish, nothing, readBody } from "./workflow.mjs";

const { Agent, request } = createRequire(`${process.env.ZOO_NODE_MODULES}/`)("undici");
const agent = new Agent({ connections: 2, keepAliveTimeout: 10_000, headersTimeout: TIMEOUT, bodyTimeout: TIMEOUT });

async function send({ method, url, body, headers }, redirects = 5) {
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { "Content-Type": "application/json" };
  try {
    const response = await request(url, { method, headers: { ...headers, ...type }, ...json, dispatcher: agent });
    const location = response.headers.location;
    const rest = await readBody(response.body);
    if (method === "GET" && response.statusCode >= 300 && response.statusCode < 400 && location && redirects)
      return send({ method, url: new URL(location, url).href, headers }, redirects - 1);
    return { status: response.statusCode, headers: response.headers, ...rest };
  } catch {
    return nothing();
  }
}

await finish(send, { firstPause: 10, longestPause: 60 });
await agent.close();
