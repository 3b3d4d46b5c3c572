// Two videos at once, with fetch, which wait in two ways.
import { setTimeout as pause } from "node:timers/promises";

const base = process.env.PIAPI_BASE_URL;
const headers = { "X-API-Key": process.env.PIAPI_API_KEY, "Content-Type": "application/json" };

async function call(path, options = {}) {
  const response = await fetch(base + path, { headers, signal: AbortSignal.timeout(3000), ...options });
  return (await response.json()).data;
}

async function makeVideo(number) {
  const body = JSON.stringify({ model: "seedance", task_type: "seedance-2", input: { prompt: `walk ${number}` } });
  const { task_id: id } = await call("/api/v1/task", { method: "POST", body });
  while ((await call(`/api/v1/task/${id}`)).status !== "completed") {
    if (number) await pause(5000);
    else await new Promise((resolve) => setTimeout(resolve, 5000));
  }
}

await Promise.all([0, 1].map(makeVideo));
