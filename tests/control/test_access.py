"""Who may use the control API: programs may, pages in a browser may not, and with a token only who has it."""

import pytest

from fakeseed.server.app import Options
from fakeseed.world.journal import TOKEN_HEADER
from tests.support.bad_input import CONTROL, HOST, Headers, Reply, Rig, check_reply, filled, furnish

pytestmark = pytest.mark.anyio

TOKEN = TOKEN_HEADER.encode()
GUARDED = [(method, path) for method, path in CONTROL if not path.endswith("/health")]
each_guarded = pytest.mark.parametrize(("method", "path"), GUARDED, ids=[" ".join(case) for case in GUARDED])


async def refused(rig: Rig, status: int, headers: Headers, host: bytes = HOST, key: str | None = "k") -> None:
    """Every control call but the health is refused, in JSON, and nothing has happened anywhere."""
    for method, path in GUARDED:
        reply = await rig.ask(method, path, b"{}", headers, host=host, key=key)
        check_reply(reply, path)
        assert reply.status == status, (method, path, reply)
    assert rig.store._worlds == {}, "a refused call has made a world"


async def patched(rig: Rig, headers: Headers, host: bytes = HOST) -> Reply:
    return await rig.ask("PATCH", "/_fakeseed/world", b'{"points": 5}', headers, host=host)


OTHERS = [
    b"http://evil.example",
    b"https://127.0.0.1.evil.example",
    b"http://127.0.0.1:9999",
    b"http://localhost:8787",
    b"http://127.0.0.1:8787.evil.example",
    b"http://evil.example/127.0.0.1:8787",
    b"http://127.0.0.1:8787@evil.example",
    b"http://evil.example://127.0.0.1:8787",
    b"127.0.0.1:8787",
    b"http://",
    b"null",
    b"",
    b"http://[",
    b"file://",
    b"\xff",
]


@pytest.mark.parametrize("origin", OTHERS)
async def test_a_page_of_another_origin_is_refused(rig: Rig, origin: bytes) -> None:
    await refused(rig, 403, [(b"origin", origin)])


@pytest.mark.parametrize("site", [b"cross-site", b"same-site", b"", b"nonsense"])
async def test_what_a_browser_marks_as_another_site_is_refused(rig: Rig, site: bytes) -> None:
    await refused(rig, 403, [(b"sec-fetch-site", site)])
    await refused(rig, 403, [(b"origin", b"http://" + HOST), (b"sec-fetch-site", site)])


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"origin", b"http://127.0.0.1:8787")],
        [(b"sec-fetch-site", b"same-origin")],
        [(b"sec-fetch-site", b"none")],
        [(b"origin", b"http://127.0.0.1:8787"), (b"sec-fetch-site", b"same-origin")],
    ],
)
async def test_programs_and_own_pages_are_let_in(rig: Rig, headers: Headers) -> None:
    assert (await patched(rig, headers)).json["points"]["available"] == 5


@pytest.mark.parametrize(
    "host",
    [
        b"evil.example",
        b"evil.example:8787",
        b"127.0.0.1.evil.example",
        b"127.0.0.1.nip.io:8787",
        b"localhost.evil.example",
        b"evil.example.",
        b"evil.internal.example",
        b"notinternal.example",
        b"user@evil.example",
        b"999.0.0.1",
        b"127.1",
        b"evil.EXAMPLE:80",
    ],
)
async def test_a_name_that_a_stranger_can_register_is_refused(rig: Rig, host: bytes) -> None:
    await refused(rig, 403, [], host)
    await refused(rig, 403, [(b"origin", b"http://" + host)], host)
    await refused(rig, 403, [(b"sec-fetch-site", b"same-origin")], host)


@pytest.mark.parametrize(
    "host",
    [
        b"127.0.0.1",
        b"127.0.0.1:8787",
        b"[::1]",
        b"[::1]:8787",
        b"[fe80::1]:80",
        b"10.1.2.3:8787",
        b"localhost",
        b"LOCALHOST:8787",
        b"app.localhost:8787",
        b"fakeseed",
        b"fakeseed:8787",
        b"host.docker.internal:8787",
        b"",
    ],
)
async def test_own_names_are_let_in(rig: Rig, host: bytes) -> None:
    assert (await patched(rig, [], host)).status == 200
    if host:
        assert (await patched(rig, [(b"origin", b"http://" + host)], host)).status == 200


async def test_the_public_url_is_an_own_name() -> None:
    rig = Rig(public_url="https://Seed.team.example/base")
    assert (await patched(rig, [], b"seed.team.example")).status == 200
    assert (await patched(rig, [], b"SEED.team.example:443")).status == 200
    assert (await patched(rig, [(b"origin", b"https://seed.team.example")], b"seed.team.example")).status == 200
    assert (await patched(rig, [], b"other.team.example")).status == 403
    assert (await patched(rig, [(b"origin", b"https://other.example")], b"seed.team.example")).status == 403
    await rig.close()


@pytest.mark.parametrize("token", ["swordfish", "pässwört", "ключ"])
async def test_a_token_is_asked_for_when_there_is_one(token: str) -> None:
    rig = Rig(options=Options(control_token=token))
    await refused(rig, 401, [])
    wrong = ["", "swordfis", "swordfish2", "SWORDFISH", "\xff", "x" * 10_000]
    for wrong_token in wrong:
        await refused(rig, 401, [(TOKEN, wrong_token.encode("latin-1"))])
    await refused(rig, 401, [(b"authorization", b"Bearer " + token.encode()), (b"x-token", token.encode())])
    await refused(rig, 403, [(TOKEN, token.encode()), (b"origin", b"http://evil.example")])
    await refused(rig, 403, [(TOKEN, token.encode())], b"evil.example")
    assert (await patched(rig, [(TOKEN, token.encode())])).json["points"]["available"] == 5
    await rig.close()


async def test_the_token_does_not_stand_before_the_vendors_surface_nor_the_health() -> None:
    rig = Rig(options=Options(control_token="swordfish"))
    for host in (HOST, b"evil.example"):
        assert (await rig.ask("GET", "/_fakeseed/health", host=host, key=None)).json["status"] == "ok"
    assert (await rig.ask("GET", "/account/info")).status == 200
    await rig.close()


async def test_a_token_does_not_stand_for_a_key() -> None:
    rig = Rig(options=Options(control_token="swordfish"))
    await refused(rig, 401, [(TOKEN, b"swordfish")], key=None)
    await refused(rig, 401, [(TOKEN, b"swordfish")], key="fs-invalid-x")
    await rig.close()


@pytest.mark.parametrize("key", [None, "", "  ", "fs-invalid-1"])
async def test_without_a_key_there_is_no_world_to_control(rig: Rig, key: str | None) -> None:
    await refused(rig, 401, [], key=key)


FORM_TYPES = [b"text/plain", b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=x"]


@pytest.mark.parametrize("kind", FORM_TYPES)
@pytest.mark.parametrize(
    "marks",
    [
        [(b"origin", b"http://evil.example"), (b"sec-fetch-site", b"cross-site")],
        [(b"origin", b"null"), (b"sec-fetch-site", b"cross-site")],
        [(b"origin", b"http://evil.example")],
        [(b"sec-fetch-site", b"cross-site")],
    ],
)
async def test_a_form_on_a_web_page_drives_nothing(rig: Rig, kind: bytes, marks: Headers) -> None:
    headers = [(b"content-type", kind), (b"referer", b"http://evil.example/"), *marks]
    await refused(rig, 403, headers)
    await refused(rig, 403, headers, key=None)


@pytest.mark.parametrize("kind", FORM_TYPES)
async def test_a_form_of_a_browser_that_tells_nothing_still_has_no_key(rig: Rig, kind: bytes) -> None:
    await refused(rig, 401, [(b"content-type", kind)], key=None)


async def test_no_answer_of_the_control_api_ever_invites_another_origin(rig: Rig) -> None:
    placeholders = await furnish(rig)
    preflight = [
        (b"origin", b"http://evil.example"),
        (b"access-control-request-method", b"POST"),
        (b"access-control-request-headers", b"x-api-key"),
        (b"access-control-request-private-network", b"true"),
    ]
    for method, path in CONTROL:
        for verb in {method, "OPTIONS"}:
            for headers in ([], preflight):
                reply = await rig.ask(verb, filled(path, placeholders), b"{}", headers)
                names = [name for name, _ in reply.headers]
                assert not any(name.startswith(b"access-control-") for name in names), (verb, path)
                if verb == "OPTIONS":
                    assert reply.status in (404, 405), "a preflight must not succeed"


async def test_head_is_get_without_the_doing(rig: Rig) -> None:
    for path in sorted({path for method, path in GUARDED if method == "GET"} | {"/_fakeseed/health"}):
        assert (await rig.ask("HEAD", path)).status == (404 if "explain" in path else 200)
        assert (await rig.ask("HEAD", path, b"", [(b"origin", b"null")])).status == (200 if "health" in path else 403)


@each_guarded
async def test_another_method_is_told_in_json(rig: Rig, method: str, path: str) -> None:
    names = await furnish(rig)
    fingerprint = rig.fingerprint()
    allowed = {verb for verb, guarded_path in GUARDED if guarded_path == path} | {"HEAD"}
    for verb in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"} - allowed:
        reply = await rig.ask(verb, filled(path, names), b"{}")
        check_reply(reply, path)
        assert reply.status == 405
        assert method in reply.json["hint"]
        assert method in (reply.header("allow") or "")
    assert rig.fingerprint() == fingerprint
    assert (await rig.ask("POST", "/_fakeseed/health")).status == 405


async def test_an_unknown_call_is_told_with_the_nearest_one(rig: Rig) -> None:
    for path in ("/_fakeseed/wrold", "/_fakeseed/clock/advanec", "/_fakeseed/"):
        reply = await rig.ask("POST", path, b"{}")
        check_reply(reply, path)
        assert reply.status == 404
        assert "did you mean '/_fakeseed/" in reply.json["hint"]
