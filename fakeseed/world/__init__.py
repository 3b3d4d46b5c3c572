"""One key's universe: clock, timeline, ids, ledger, journal, and the unit of work over a store."""
