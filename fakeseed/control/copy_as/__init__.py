"""A request of the journal, or all since one, as something that runs: a shell script, a program, a test, a scenario."""
