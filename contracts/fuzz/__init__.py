"""Every operation of openapi.yaml, tried with good and bad data."""
