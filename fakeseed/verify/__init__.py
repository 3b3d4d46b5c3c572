"""Running the contract suites against a base URL: progress, verdicts, and dated evidence of what was seen."""
