"""The task is read again after a webhook and before its video is fetched."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "After a webhook the task is read again before its video is fetched.",
    rationale=(
        "Messages come late, twice, out of order, and from strangers. A get with the key is the truth, and costs "
        "nothing."
    ),
    source="https://piapi.ai/docs/unified-webhook",
    severity="warning",
    evidence=(
        "Tasks with a delivery that was taken and a download after it: whether an answer had told the client the "
        "file's URL."
    ),
    exception="the secret is compared and the receiver can bear old messages.",
)
def state_re_read(history: History) -> Iterator[RuleCase]:
    accepted = [entry for entry in history.deliveries if 200 <= entry.status < 300]
    if not accepted:
        return
    for request in history.on("download file"):
        answers = [entry for entry in history.requests if entry.seq < request.seq and request.path in str(entry.answer)]
        uploaded = any(entry.route == "upload file" for entry in answers)
        if request.seq > accepted[0].seq and not uploaded:
            yield case(bool(answers), "the video is fetched by the webhook's word alone", accepted[0], request)
