"""Small programs that the judge was wrong about once, or could be: each the least that shows one thing."""

PLAIN = """
import os, time, httpx
client = httpx.Client(base_url=os.environ["PIAPI_BASE_URL"], headers={"X-API-Key": os.environ["PIAPI_API_KEY"]})
body = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a walk at dusk"}}
task_id = client.post("/api/v1/task", json=body).json()["data"]["task_id"]
while (task := client.get(f"/api/v1/task/{task_id}").json()["data"])["status"] not in ("completed", "failed"):
    time.sleep(5)
print(len(httpx.get(task["output"]["video"]).content), "bytes")
"""
IGNORES_RETRY_AFTER = """
import os, time, httpx
client = httpx.Client(base_url=os.environ["PIAPI_BASE_URL"], headers={"X-API-Key": os.environ["PIAPI_API_KEY"]})
body = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a walk at dusk"}}
while client.post("/api/v1/task", json=body).status_code == 429:
    time.sleep(0.5)
"""
NEVER_GIVES_UP = """
import os, urllib.request
headers = {"X-API-Key": os.environ["PIAPI_API_KEY"], "Content-Type": "application/json"}
body = b'{"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a walk"}}'
urllib.request.urlopen(urllib.request.Request(os.environ["PIAPI_BASE_URL"] + "/api/v1/task", body, headers)).read()
"""
LIMIT_OF_NODES_OWN = """
const http = require("node:http");
const body = '{"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a walk"}}';
const headers = {"X-API-Key": process.env.PIAPI_API_KEY, "Content-Type": "application/json"};
const request = http.request(`${process.env.PIAPI_BASE_URL}/api/v1/task`, {method: "POST", headers, timeout: 1000});
request.on("timeout", () => request.destroy(new Error("no answer within a second")));
request.on("error", (error) => { console.error(error.message); process.exitCode = 1; });
request.end(body);
"""
GIVES_UP_AFTER_100_MINUTES = """
import os, sys, time, httpx
client = httpx.Client(base_url=os.environ["PIAPI_BASE_URL"], headers={"X-API-Key": os.environ["PIAPI_API_KEY"]})
body = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a walk at dusk"}}
task_id = client.post("/api/v1/task", json=body).json()["data"]["task_id"]
end = time.time() + 100 * 60
while time.time() < end:
    if client.get(f"/api/v1/task/{task_id}").json()["data"]["status"] in ("completed", "failed"):
        break
    time.sleep(30)
else:
    sys.exit("gave up after 100 minutes")
"""
WAITS_FOR_A_PLACE = """
import os, sys, time, requests
base, headers = os.environ["PIAPI_BASE_URL"], {"X-API-Key": os.environ["PIAPI_API_KEY"]}
for _ in range(3):
    body = {"url": "https://cdn.example/new.jpg", "asset_type": "Image"}
    response = requests.post(f"{base}/api/v1/asset/upload", headers=headers, json=body, timeout=30)
    if response.status_code != 429:
        break
    time.sleep(60)
    print(requests.get(f"{base}/api/v1/asset/list", headers=headers, timeout=30).json()["quota"])
else:
    sys.exit("the library is full")
asset_id = response.json()["asset_id"]
while requests.get(f"{base}/api/v1/asset/{asset_id}", headers=headers, timeout=30).json()["status"] != "Active":
    time.sleep(5)
"""
