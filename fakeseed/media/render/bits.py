"""Reading and writing the bit strings of H.264 (ITU-T H.264, clauses 7.2 and 9.1)."""


class BitReader:
    """Reads syntax elements from the front of a raw byte sequence payload."""

    def __init__(self, payload: bytes) -> None:
        self._value = int.from_bytes(payload, "big")
        self._left = 8 * len(payload)

    def u(self, count: int) -> int:
        """An unsigned number of `count` bits, u(n)."""
        self._left -= count
        if self._left < 0:
            raise ValueError("The payload ended inside a syntax element.")
        return self._value >> self._left & (1 << count) - 1

    def ue(self) -> int:
        """An unsigned Exp-Golomb number, ue(v): as many zeros as there are bits after the first one (clause 9.1)."""
        zeros = 0
        while not self.u(1):
            zeros += 1
        return (1 << zeros | self.u(zeros)) - 1

    def se(self) -> int:
        """A signed Exp-Golomb number, se(v): 0, 1, -1, 2, -2 and so on (clause 9.1.1)."""
        code = self.ue()
        return (code + 1) // 2 if code % 2 else -(code // 2)


class BitWriter:
    """Collects syntax elements into a raw byte sequence payload."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._value = 0
        self._count = 0

    def u(self, value: int, count: int) -> None:
        self._value = self._value << count | value
        self._count += count

    def ue(self, value: int) -> None:
        # The code is value + 1 in binary, behind one zero fewer than it has bits.
        self.u(value + 1, 2 * (value + 1).bit_length() - 1)

    def aligned(self, data: bytes) -> None:
        """Zero bits up to the next whole byte, then `data`."""
        self.u(0, -self._count % 8)
        self._flush()
        self._bytes += data

    def payload(self) -> bytes:
        """Everything written, closed by a one bit and zeros to a whole byte: rbsp_trailing_bits, clause 7.3.2.11."""
        self.u(1, 1)
        self.aligned(b"")
        return bytes(self._bytes)

    def _flush(self) -> None:
        self._bytes += self._value.to_bytes(self._count // 8, "big")
        self._value = self._count = 0
