"""Why a request got its answer, and the earliest moment at which it would have been accepted."""
