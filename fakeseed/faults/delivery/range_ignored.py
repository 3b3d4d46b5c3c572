"""A range request that is answered with the whole file."""

from typing import ClassVar

from msgspec.structs import replace

from fakeseed.faults.fault import ClientSees, Evidence, Fault
from fakeseed.piapi.dispatch import ApiRequest


class RangeIgnored(Fault, frozen=True):
    """A request for a range is answered with 200 and the whole file."""

    routes: ClassVar[tuple[str, ...]] = ("GET output",)
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    evidence: ClassVar[Evidence] = ({"headers": {"range": "*"}, "status": 200},)
    correct: ClassVar[str] = "Looks for 206 before it appends; on 200 it begins the file anew."

    def before_request(self, call: ApiRequest) -> ApiRequest:
        """The request without its Range."""
        return replace(call, headers=[(name, value) for name, value in call.headers if name != b"range"])
