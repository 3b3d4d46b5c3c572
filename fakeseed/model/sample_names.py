"""Readable names of people who do not exist, by number."""

FIRST_NAMES = (
    *("Ada", "Ben", "Clara", "David", "Elena", "Felix", "Grace", "Hugo", "Irene", "Jonas", "Kira", "Leo"),
    *("Mara", "Noah", "Olga", "Pablo", "Quinn", "Rosa", "Samir", "Tessa", "Umar", "Vera", "Will", "Yuki"),
)
LAST_NAMES = (
    *("Abbott", "Baker", "Castillo", "Dunn", "Ellis", "Fischer", "Garcia", "Hansen", "Ito", "Jensen", "Khan"),
    *("Lopez", "Meyer", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Silva", "Tanaka", "Usman", "Vogel", "Weber"),
)


def first_name(number: int) -> str:
    """A first name; the same for the same number."""
    return FIRST_NAMES[number % len(FIRST_NAMES)]


def full_name(number: int) -> str:
    """First and last name; the same for the same number."""
    return f"{first_name(number)} {LAST_NAMES[number // len(FIRST_NAMES) % len(LAST_NAMES)]}"
