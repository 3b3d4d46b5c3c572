// As with_fetch.mjs, with node:https and a keep-alive agent of its own.
const https = require("node:https");

const agent = new https.Agent({ keepAlive: true });
const headers = { "X-API-Key": process.env.PIAPI_API_KEY, "Content-Type": "application/json" };
const pause = () => new Promise((done) => setTimeout(done, 100));

const got = (method, url, body) =>
  new Promise((done, fail) => {
    const request = https.request(url, { method, headers, agent }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => (answer.statusCode < 300 ? done(Buffer.concat(parts)) : fail(answer.statusCode)));
    });
    request.on("error", fail);
    request.end(body && JSON.stringify(body));
  });
const asked = async (...words) => JSON.parse(await got(...words));

(async () => {
  const api = "https://api.piapi.ai/api/v1";
  const file = { file_name: "a.png", file_data: "aGVsbG8=" };
  const kept = await asked("POST", "https://upload.theapi.app/api/ephemeral_resource", file);
  const { asset_id } = await asked("POST", `${api}/asset/upload`, { url: kept.data.url, asset_type: "Image" });
  while ((await asked("GET", `${api}/asset/${asset_id}`)).status !== "Active") await pause();
  const input = { prompt: "a fox", image_urls: [`asset://${asset_id}`], duration: 4, resolution: "480p" };
  const task = { model: "seedance", task_type: "seedance-2-less-restriction", input };
  let { data } = await asked("POST", `${api}/task`, task);
  while (data.status !== "completed") {
    await pause();
    ({ data } = await asked("GET", `${api}/task/${data.task_id}`));
  }
  const video = await got("GET", data.output.video);
  console.log(data.output.video, video.length, video.subarray(4, 8).toString());
  agent.destroy();
})();
