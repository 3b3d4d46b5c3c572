"""Fetching a source URL within limits of size, time and address, and finding out what it is."""

from fakeseed.media.ingest.addresses import AddressPolicy
from fakeseed.media.ingest.ingest import Ingestor

__all__ = ["AddressPolicy", "Ingestor"]
