"""Between a child and the vendor's hosts: what it asks of them, the emulator answers. Nothing leaves this machine."""
