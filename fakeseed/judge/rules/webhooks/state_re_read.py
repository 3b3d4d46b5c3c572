"""A message is a hint, the state is on the server."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "After a webhook the task is read again before its video is fetched.",
    rationale="Messages come late, twice, out of order, and from strangers. A get with the key is the truth, and costs "
    "nothing.",
    source="https://piapi.ai/docs/unified-webhook",
    severity="warning",
    evidence="Tasks with a delivery that was taken and a download after it: whether an answer had told the client the "
    "file's URL.",
    exception="the secret is compared and the receiver can bear old messages.",
)
def state_re_read(seen: History) -> Iterator[RuleCase]:
    taken = [one for one in seen.deliveries if 200 <= one.status < 300]
    if not taken:
        return
    for request in seen.on("download file"):
        told = [one for one in seen.requests if one.seq < request.seq and request.path in str(one.answer)]
        uploaded = any(one.route == "upload file" for one in told)
        if request.seq > taken[0].seq and not uploaded:
            yield case(bool(told), "the video is fetched by the webhook's word alone", taken[0], request)
