// What the pytest plugin does for Python, a Node test does with two HTTP calls: load a scenario, wait.
import assert from "node:assert/strict";
import test from "node:test";

const url = process.env.FAKESEED_URL ?? "http://127.0.0.1:8787";
const key = { "X-API-Key": `${process.env.FAKESEED_API_KEY ?? "node"}-node` };

const call = async (method, path, body) => {
  const answer = await fetch(url + path, { method, headers: key, body: body && JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
};
const control = (path, body) => call("POST", `/_fakeseed/${path}`, body);
const create = () =>
  call("POST", "/api/v1/task", { model: "seedance", task_type: "seedance-2", input: { prompt: "a corgi" } });

test("a generation of minutes is waited for in milliseconds", async () => {
  await control("scenario", { setup: { world: { plan: "creator", pace: "realistic", clock: "frozen" } } });
  const task = (await create()).body.data.task_id;
  const done = await control("wait", { task, within: "1h" });
  assert.equal(done.body.task.status, "completed");
  assert.ok(done.body.moved_seconds > 100);
});

test("a lost answer, sent again, is paid twice", async () => {
  await control("scenario", { name: "billing/accept-then-drop", clock: "frozen" });
  await assert.rejects(create());
  await create();
  const { body } = await call("GET", "/_fakeseed/twins");
  assert.equal(body.twins[0].charges, 2);
});
