import pytest

from tests.support.faults import Hooked, arm

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("options", "carried"), [({}, "not-the-secret"), ({"carries": "x"}, "x"), ({"carries": ""}, None)]
)
async def test_the_header_is_wrong_and_the_next_one_is_right(
    hooked: Hooked, options: dict[str, str], carried: str | None
) -> None:
    await arm(hooked.api, "webhook-wrong-secret", **options)
    task_id = await hooked.run()
    await hooked.run()
    assert [request.headers.get("x-webhook-secret") for request in hooked.receiver.requests] == [carried, "s3cret"]
    secret = (await hooked.api.task(task_id))["config"]["webhook_config"]["secret"]
    assert secret == hooked.receiver.bodies[0]["data"]["config"]["webhook_config"]["secret"] == "s3cret"
