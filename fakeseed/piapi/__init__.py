"""The vendor's surface: wire shapes, routes, and the way of a request through them."""
