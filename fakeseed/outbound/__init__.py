"""Delivery of webhooks to the endpoints that tasks name."""
