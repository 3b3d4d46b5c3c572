"""The state machine: clients of two keys at work against an independent model."""
