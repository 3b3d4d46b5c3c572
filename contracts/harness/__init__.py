"""What every suite uses: the client of a target, assertions, the report, documented figures, servers."""
