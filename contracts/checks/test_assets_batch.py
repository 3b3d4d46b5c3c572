"""Uploads of several assets at once."""

import pytest

from ..harness.assertions import json_of, refused, same
from ..harness.client import PICTURE, Client

BAD = {"url": "ftp://cdn.example/a.jpg"}


@pytest.mark.behaviour("asset.batch-form")
@pytest.mark.parametrize(
    "body",
    [
        [PICTURE, {"url": PICTURE, "name": "b"}],
        {"assets": [{"url": PICTURE}, PICTURE]},
        {"items": [{"url": PICTURE}, {"url": PICTURE}]},
        {"urls": [PICTURE, PICTURE]},
    ],
    ids=["array", "assets", "items", "urls"],
)
def test_every_form_makes_assets(client: Client, body: object) -> None:
    outcome = json_of(client.batch(body), "a batch")
    same((outcome["total"], outcome["success"], outcome["failed"]), (2, 2, 0), "counters of the batch")
    ids = {entry["asset_id"] for entry in outcome["results"]}
    same(len(ids), 2, "distinct ids")


@pytest.mark.behaviour("asset.batch-form")
@pytest.mark.parametrize("body", [[], {"assets": []}, {"urls": []}], ids=["array", "assets", "urls"])
def test_an_empty_batch_is_refused(client: Client, body: object) -> None:
    refused(client.batch(body), 400, "no entries", "a batch of nothing")


@pytest.mark.behaviour("asset.batch-answer", "asset.batch-partial", "asset.batch-status", "asset.upload-status")
def test_refused_entries_do_not_keep_the_others_out(client: Client) -> None:
    answer = client.batch([PICTURE, BAD, {"url": PICTURE, "asset_type": "Pic"}, PICTURE])
    same(answer.status_code, 202, "status of a batch that is partly accepted", "asset.batch-status")
    outcome = json_of(answer, "a batch", "asset.batch-answer")
    same(set(outcome), {"total", "success", "failed", "results"}, "fields of the answer", "asset.batch-answer")
    same((outcome["total"], outcome["success"], outcome["failed"]), (4, 2, 2), "counters", "asset.batch-partial")
    accepted = [set(entry) == {"asset_id", "status"} for entry in outcome["results"]]
    same(accepted, [True, False, False, True], "which results are accepted", "asset.batch-answer")
    same(outcome["results"][0]["status"], "Processing", "status of an accepted entry", "asset.batch-answer")
    same("InvalidParameter.URL" in outcome["results"][1]["error"], True, "the cause is named", "asset.batch-answer")


@pytest.mark.behaviour("asset.batch-status")
def test_a_batch_with_nothing_good_answers_400(client: Client) -> None:
    answer = client.batch([BAD, BAD])
    same(answer.status_code, 400, "status of a batch that is wholly refused")
    same(answer.json()["failed"], 2, "refused entries")


@pytest.mark.behaviour("asset.batch-limit")
def test_a_batch_has_50_entries_at_most(world: Client) -> None:
    refused(world.batch([PICTURE] * 51), 400, "50", "a batch of 51")
    same(world.listed()["total"], 0, "assets after the refusal")
    same(world.batch([PICTURE] * 50).json()["success"], 50, "accepted of 50")


@pytest.mark.behaviour("asset.batch-order")
def test_entries_are_judged_in_order_with_the_places_left(world: Client) -> None:
    world.patch(plan="hobbyist")
    world.batch([PICTURE] * 49)
    results = world.batch([BAD, {"url": PICTURE, "name": "last"}, PICTURE]).json()["results"]
    same(["asset_id" in entry for entry in results], [False, True, False], "who gets the last place")
    same("quota" in results[2]["error"], True, "the cause of the entry after it")
    same(world.asset_data(results[1]["asset_id"])["name"], "last", "which asset it became")
