"""requests without a session; gives up after fifteen minutes, and says so."""

import time

from tests.zoo.clients.driving import drive, finish
from tests.zoo.clients.with_requests import send
from tests.zoo.clients.workflow import MINUTE, Habits

if __name__ == "__main__":
    finish(lambda: drive(Habits(patience=15 * MINUTE, first_pause=4.0), send, time.sleep))
