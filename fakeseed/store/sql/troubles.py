"""What an error of a database means: is the database in trouble, which, and may the same be tried again at once."""

from typing import NamedTuple

from sqlalchemy import URL
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from fakeseed.errors import StartError, StateError
from fakeseed.store.sql.driver import sql_state

_OURS = (ProgrammingError, IntegrityError, DataError, NotSupportedError)
DATABASE_ERRORS: tuple[type[Exception], ...] = (SQLAlchemyError, OSError, TimeoutError)


class Trouble(NamedTuple):
    """A kind of trouble: by what it is known (a state of PostgreSQL, or words of SQLite), and what is said of it.

    ``busy``: only this world is concerned, since others work on it. ``broken``: a fresh connection may do.
    """

    states: tuple[str, ...]
    words: tuple[str, ...]
    reason: str
    busy: bool = False
    broken: bool = False


TROUBLES = (
    Trouble(("53100",), ("disk is full",), "the disk of the database is full"),
    Trouble(("25006",), ("readonly database",), "the database is read-only"),
    Trouble(("55P03", "57014", "40P01"), (), "the world is busy in another process for too long", busy=True),
    Trouble((), ("database is locked",), "the database is locked by another process"),
    Trouble(("57P01", "57P02", "57P03", "08"), ("connection is closed", "was closed"), "", broken=True),
    Trouble(("53",), (), "the database has no room for more work"),
    Trouble((), ("disk I/O error", "unable to open"), "the file of the database cannot be written"),
)
NO_ANSWER = "the database does not answer"


class NotDoneError(StateError):
    """Nothing of it was done. ``again``: a fresh connection may do."""

    again = False


class BusyError(NotDoneError):
    """Nothing of it was done, since others work on the same world; the database itself is well."""


def is_trouble(problem: Exception) -> bool:
    """Whether this says that the database cannot be reached or used just now, and not that we made a mistake."""
    if isinstance(problem, SQLAlchemyError):
        return isinstance(problem, DBAPIError | PoolTimeoutError) and not isinstance(problem, _OURS)
    return isinstance(problem, DATABASE_ERRORS)


def trouble_of(problem: Exception) -> Trouble:
    """The kind of trouble that an error tells of."""
    state, text = sql_state(problem), str(getattr(problem, "orig", None) or problem)
    for trouble in TROUBLES:
        if state.startswith(trouble.states or ("none",)) or any(words in text for words in trouble.words):
            return trouble
    if isinstance(problem, TimeoutError | PoolTimeoutError):
        return Trouble((), (), NO_ANSWER)
    broken = isinstance(problem, DBAPIError) and problem.connection_invalidated
    return Trouble((), (), "", broken=broken or isinstance(problem, OSError))


def state_error(problem: Exception, *, committing: bool = False) -> StateError:
    """What to say of an error: not done, or, when it came while it was committed, not known to be done."""
    trouble = trouble_of(problem)
    cause = getattr(problem, "orig", None) or problem
    text = (str(cause).splitlines() or [""])[0].rpartition(">: ")[2]
    reason = trouble.reason or text[:200] or type(cause).__name__
    kind = StateError if committing else BusyError if trouble.busy else NotDoneError
    error = kind(f"the state cannot be reached just now: {reason}", "try again")
    if isinstance(error, NotDoneError):
        error.again = trouble.broken
    return error


def start_error(problem: Exception, url: URL) -> StartError:
    """What to say when the database cannot be opened at the start."""
    location = url.database if url.drivername.startswith("sqlite") else f"{url.host or 'localhost'}/{url.database}"
    if isinstance(problem, OperationalError) and "locked" in str(problem):
        return StartError(
            f"the database {location} is in use by another process",
            "stop that one first, or share worlds over PostgreSQL: --state postgresql://...",
        )
    reason = str(state_error(problem)).partition(": ")[2]
    return StartError(f"cannot use the database {location}: {reason}", "check --state, and that the database is up")
