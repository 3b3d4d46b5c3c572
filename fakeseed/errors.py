"""Our own errors: a wrong use of fakeseed itself. The vendor's refusals are in ``fakeseed.model.refusals``.

* FakeseedError
  + UsageError        a flag, a file or a control call is wrong; the message says what, the hint says what to do
  + StartError        the server cannot start
  + StateError        where worlds live cannot be reached just now
"""


class FakeseedError(Exception):
    """What happened and where, and in ``hint`` the next step."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(FakeseedError):
    """A flag, a file or a control call is wrong."""


class StartError(FakeseedError):
    """The server cannot start."""


class StateError(FakeseedError):
    """Where worlds live cannot be reached just now. What was asked for was not done, or is not known to be."""
