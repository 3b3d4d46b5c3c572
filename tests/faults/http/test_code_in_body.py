import pytest

from tests.conftest import Api
from tests.support.faults import arm, charges

pytestmark = pytest.mark.anyio


async def test_http_says_200_and_nothing_is_done(api: Api) -> None:
    await arm(api, "code-in-body", code=402, message="no points")
    answer = await api.create()
    assert answer.status_code == 200
    assert answer.json() == {"code": 402, "message": "no points", "data": None}
    assert await charges(api) == 0
    assert (await api.create()).json()["code"] == 200
