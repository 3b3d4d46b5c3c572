"""requests without a session; gives up after fifteen minutes, and says so."""

import time

from driving import drive, finish
from with_requests import send
from workflow import MINUTE, Habits

if __name__ == "__main__":
    finish(lambda: drive(Habits(patience=15 * MINUTE, first_pause=4.0), send, time.sleep))
