"""Print the kill table."""

from tests.zoo.table import all_killed, lines

print("\n".join(lines(all_killed())))
