"""The way in to rendering, which loads the drawing and video libraries at the first call and not before."""

from fakeseed.media.render.spec import StubSpec


def render(spec: StubSpec) -> bytes:
    """Return the MP4 that `spec` describes: the same bytes for the same spec, whatever the process or machine load.

    Width and height must be even and at least 200, and seconds positive; beyond that no spec makes this raise. Text the
    font lacks is drawn as blocks, and a picture that cannot be read as a placeholder. It runs for some tens of
    milliseconds, so call it off the event loop or through `RenderCache`.
    """
    from fakeseed.media.render import film

    return film.make(spec)
