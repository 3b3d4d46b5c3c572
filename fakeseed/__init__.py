"""fakeseed: a stateful emulator of PiAPI's asset and Seedance video API."""

__version__ = "0.1.0"
