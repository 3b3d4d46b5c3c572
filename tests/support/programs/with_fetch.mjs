// A program as people write it: the vendor's address is in it, and nothing of fakeseed.
const headers = { "X-API-Key": process.env.PIAPI_API_KEY, "Content-Type": "application/json" };
const pause = () => new Promise((done) => setTimeout(done, 100));

async function asked(method, url, body) {
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status}`);
  return answer.json();
}

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
const video = Buffer.from(await (await fetch(data.output.video)).arrayBuffer());
console.log(data.output.video, video.length, video.subarray(4, 8).toString());
