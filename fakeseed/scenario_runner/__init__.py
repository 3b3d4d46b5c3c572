"""Runs scenarios: a server, a client that takes the steps, a receiver of webhooks, and what must be seen."""
