"""A picture that changes a little at a time."""

from fakeseed.media.render.canvas import Box, Canvas

BLOCK = 16  # the side of a macroblock
_SHRINKS = (1, 2, 2)  # how many pixels across share one sample of each plane


class Planes:
    """The samples of what was drawn on a canvas, to be changed in place and handed to an encoder."""

    def __init__(self, canvas: Canvas) -> None:
        self.frame = canvas.frame
        self._columns = -(-canvas.width // BLOCK)
        self._samples = [memoryview(plane) for plane in self.frame.planes]
        self._strides = [plane.line_size for plane in self.frame.planes]

    def paste(self, source: "Planes", box: Box, x: int, y: int) -> None:
        """Put `box` of another picture at x, y. All its numbers, and these two, are even."""
        numbers = box.x | box.y | box.width | box.height | x | y
        assert numbers >= 0
        assert not numbers & 1
        for plane, shrink in enumerate(_SHRINKS):
            target, origin = self._samples[plane], source._samples[plane]
            stride, origin_stride = self._strides[plane], source._strides[plane]
            to = y // shrink * stride + x // shrink
            start = box.y // shrink * origin_stride + box.x // shrink
            width = box.width // shrink
            for _ in range(box.height // shrink):
                target[to : to + width] = origin[start : start + width]
                to += stride
                start += origin_stride

    def blocks_under(self, box: Box) -> set[int]:
        """The addresses of the macroblocks that `box` touches, counted along the rows."""
        across = range(box.x // BLOCK, -(-(box.x + box.width) // BLOCK))
        down = range(box.y // BLOCK, -(-(box.y + box.height) // BLOCK))
        return {row * self._columns + column for row in down for column in across}

    def block(self, address: int) -> bytes:
        """The 256 + 64 + 64 samples of a macroblock that lies inside the picture."""
        row, column = divmod(address, self._columns)
        parts = []
        for samples, stride, shrink in zip(self._samples, self._strides, _SHRINKS, strict=True):
            size = BLOCK // shrink
            start = row * size * stride + column * size
            parts += [samples[at : at + size] for at in range(start, start + size * stride, stride)]
        return b"".join(parts)
