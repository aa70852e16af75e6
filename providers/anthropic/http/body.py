"""The body of an answer, decompressed as it arrives, up to a limit.

0.6 MB of gzip can decompress to 600 MB, so we count the output, not the input.
"""

import zlib
from collections.abc import Iterable, Iterator

MAX_BYTES = 50 * 2**20  # bytes; a page of a large organization has some 2 MB
_CHUNK = 2**20  # bytes to decompress before we count them
_GZIP = 16 + zlib.MAX_WBITS  # zlib's own code for a gzip header
ACCEPTED = "gzip"


class UnreadableBody(ValueError):
    """An answer is too large, or has another encoding than requested."""


def read(chunks: Iterable[bytes], encoding: str, *, largest: int = MAX_BYTES) -> bytes:
    """Return the whole body. Raises UnreadableBody."""
    packing = encoding.strip().casefold()
    if packing not in ("", "identity", ACCEPTED):
        raise UnreadableBody(f"it is packed as {packing[:40]!r}")
    parts, size = [], 0
    for chunk in _unpacked(chunks) if packing == ACCEPTED else chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > largest:
            raise UnreadableBody(f"it has more than {largest // 2**20} MB")
    return b"".join(parts)


def _unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(_GZIP)
    try:
        for chunk in chunks:
            waiting = chunk
            while waiting and not unpacker.eof:
                yield unpacker.decompress(waiting, _CHUNK)
                waiting = unpacker.unconsumed_tail
    except zlib.error as error:
        raise UnreadableBody("it cannot be unpacked") from error
    if not unpacker.eof:
        raise UnreadableBody("it is cut off")
