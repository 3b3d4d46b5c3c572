// What a correct client does, for any HTTP library: `send` gives what came of a request, and never throws.

import { setTimeout as sleep } from "node:timers/promises";

export const BASE = process.env.PIAPI_BASE_URL;
export const KEY = process.env.PIAPI_API_KEY;
export const TIMEOUT = 20_000;
const PERSON = "https://cdn.example/person.jpg";
const MODEL = "seedance-2-less-restriction";
const PATIENCE = 100 * 60;

export class ClientError extends Error {}

class UnclearError extends ClientError {
  constructor(message, status, wait) {
    super(message);
    Object.assign(this, { status, wait });
  }
}

export class Workflow {
  // send({method, url, body, headers}) -> {status, headers (lower case), body: Buffer, whole}
  constructor(send, { firstPause = 3, longestPause = 30 } = {}) {
    Object.assign(this, { send, firstPause, longestPause });
    this.seed = 7;
  }

  async run() {
    const assetId = await this.asset();
    const video = await this.fetch(await this.create(assetId));
    await this.request("DELETE", `/api/v1/asset/${assetId}`);
    return video;
  }

  // -- one request

  request(method, path, body) {
    return this.send({ method, url: BASE + path, body, headers: { "X-API-Key": KEY } });
  }

  async call(method, path, body) {
    const response = await this.request(method, path, body);
    const wait = response.status === 429 ? Number(response.headers["retry-after"] ?? 0) : 0;
    let data = null;
    try {
      data = response.whole ? JSON.parse(response.body.toString()) : null;
    } catch {}
    if (typeof data !== "object" || Array.isArray(data)) data = null;
    let status = response.status;
    if (data && status < 400 && Number.isInteger(data.code)) status = data.code;
    const message = `${method} ${path}: ${status || "no response"} ${data ? JSON.stringify(data).slice(0, 300) : ""}`;
    if (!response.whole || status === 429 || status >= 500 || (data === null && status < 400))
      throw new UnclearError(message, status, wait);
    if (status >= 400) throw new ClientError(message);
    return data;
  }

  async read(path) {
    let last;
    for (let attempt = 0; attempt < 6; attempt++) {
      try {
        return await this.call("GET", path);
      } catch (error) {
        if (!(error instanceof UnclearError)) throw error;
        last = error;
        await this.pause(attempt, error.wait);
      }
    }
    throw new ClientError(last.message);
  }

  seconds(attempt, least = 0) {
    this.seed = (this.seed * 16807) % 2147483647;
    const base = Math.min(this.firstPause * 1.4 ** attempt, this.longestPause);
    return Math.max(base, least) * (1 + (0.3 * this.seed) / 2147483647);
  }

  pause(attempt, least) {
    return sleep(1000 * this.seconds(attempt, least));
  }

  async *rounds() {
    for (let waited = 0, attempt = 0; waited < PATIENCE; attempt++) {
      yield attempt;
      const seconds = this.seconds(attempt);
      waited += seconds;
      await sleep(1000 * seconds);
    }
  }

  // -- the asset

  async inLibrary() {
    for (let page = 1; page < 50; page++) {
      const items = (await this.read(`/api/v1/asset/list?page=${page}&size=100`)).items ?? [];
      const mine = items.find((item) => item.url === PERSON && String(item.status).toLowerCase() !== "failed");
      if (mine) return mine.asset_id;
      if (items.length < 100) return null;
    }
    return null;
  }

  async asset() {
    let assetId = await this.inLibrary();
    const body = { url: PERSON, asset_type: "Image", name: "person" };
    for (let attempt = 0; attempt < 4 && !assetId; attempt++) {
      try {
        assetId = (await this.call("POST", "/api/v1/asset/upload", body)).asset_id;
      } catch (error) {
        if (!(error instanceof UnclearError) || attempt === 3) throw error;
        await this.pause(attempt, Math.max(error.wait, error.message.includes("quota") ? 60 : 0));
        assetId = await this.inLibrary();
      }
    }
    if (!assetId) throw new ClientError("the upload was answered without an id");
    for await (const _ of this.rounds()) {
      const record = await this.poll(`/api/v1/asset/${assetId}`);
      const status = String(record.status).toLowerCase();
      if (status === "active") return assetId;
      if (status === "failed") throw new ClientError(`asset ${assetId} failed: ${JSON.stringify(record.error)}`);
    }
    throw new ClientError(`asset ${assetId} is not Active after ${PATIENCE} s`);
  }

  async poll(path) {
    try {
      return await this.call("GET", path);
    } catch (error) {
      if (!(error instanceof UnclearError)) throw error;
      await sleep(1000 * error.wait);
      return {};
    }
  }

  // -- the task

  async tasks() {
    const active = (await this.read("/account/active_tasks")).data?.seedance?.active_tasks ?? [];
    const ended = (await this.read("/api/open/tasks/histories?page=1&page_size=50")).data ?? [];
    const lists = Array.isArray(ended) ? ended : Object.values(ended).filter(Array.isArray).flat();
    return new Map([...active, ...lists].map((task) => [task.task_id, task.task_type ?? task.action]));
  }

  async create(assetId) {
    const input = {
      prompt: "Image 1 is the person. The person walks.",
      duration: 5,
      resolution: "480p",
      image_urls: [`asset://${assetId}`],
    };
    const body = { model: "seedance", task_type: MODEL, input };
    const known = await this.tasks();
    let last;
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        const data = (await this.call("POST", "/api/v1/task", body)).data ?? {};
        if (data.task_id) return data.task_id;
        throw new UnclearError("the create was answered without an id", 200, 0);
      } catch (error) {
        if (!(error instanceof UnclearError)) throw error;
        last = error;
        await this.pause(attempt + 2, error.wait);
        if (error.status === 429) continue;
        const created = [...(await this.tasks())].find(([id, type]) => !known.has(id) && type === MODEL);
        if (created) return created[0];
      }
    }
    throw new ClientError(last.message);
  }

  async completed(taskId) {
    let empty = 0;
    for await (const _ of this.rounds()) {
      const task = (await this.poll(`/api/v1/task/${taskId}`)).data ?? {};
      const status = String(task.status).toLowerCase();
      if (status === "failed")
        throw new ClientError(`task ${taskId} failed: ${JSON.stringify(task.error)} ${JSON.stringify(task.logs)}`);
      if (status === "completed" && task.output?.video) return task.output.video;
      if (status === "completed" && ++empty > 3) throw new ClientError(`task ${taskId} is completed and has no video`);
    }
    throw new ClientError(`gave up: task ${taskId} has not ended after ${PATIENCE} s`);
  }

  // -- the video

  async fetch(taskId) {
    for (let attempt = 0; ; attempt++) {
      const url = await this.completed(taskId);
      try {
        return await this.download(url);
      } catch (error) {
        if (attempt || !(error instanceof ClientError)) throw error;
        await sleep(5000);
      }
    }
  }

  async download(url) {
    let content = Buffer.alloc(0);
    let tag = "";
    for (let attempt = 0; attempt < 6; attempt++) {
      const headers = content.length && tag ? { Range: `bytes=${content.length}-`, "If-Range": tag } : {};
      const response = await this.send({ method: "GET", url, headers });
      if (response.status >= 400 && response.status < 500 && ![408, 416, 429].includes(response.status))
        throw new ClientError(`GET ${url}: ${response.status}`);
      const page = (response.headers["content-type"] ?? "").includes("html");
      if ([200, 206].includes(response.status) && !page) {
        const newTag = response.headers.etag ?? "";
        const joins = response.status === 206 && newTag === tag;
        content = Buffer.concat([joins ? content : Buffer.alloc(0), response.body]);
        tag = newTag;
        if (response.whole && isWhole(content)) return content;
        if (response.whole) content = Buffer.alloc(0);
      }
      await this.pause(attempt);
    }
    throw new ClientError(`${url} did not come whole`);
  }
}

// Whether it is an MP4 whose boxes fill it exactly.
function isWhole(content) {
  let offset = 0;
  while (offset + 8 <= content.length) {
    const size = content.readUInt32BE(offset);
    if (size < 8) return false;
    offset += size;
  }
  return offset === content.length && content.subarray(4, 8).toString() === "ftyp";
}

export async function finish(send, habits) {
  try {
    const video = await new Workflow(send, habits).run();
    console.log(video.length, "bytes");
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

// Reads a body to its end, or to where it breaks off.
export async function readBody(stream) {
  const chunks = [];
  try {
    for await (const chunk of stream ?? []) chunks.push(chunk);
    return { body: Buffer.concat(chunks), whole: true };
  } catch {
    return { body: Buffer.concat(chunks), whole: false };
  }
}

export const nothing = () => ({ status: 0, headers: {}, body: Buffer.alloc(0), whole: false });
