"""The body of an answer, unpacked while it comes in and never more of it than an answer can be.

0.6 MB of gzip can unpack to 600 MB, so what comes out is counted, not what goes in.
"""

import zlib
from collections.abc import Iterable, Iterator

MAX_BYTES = 50 * 2**20  # bytes; a page of a large organization has some 2 MB
_CHUNK = 2**20  # bytes unpacked before they are counted
_GZIP = 16 + zlib.MAX_WBITS
ACCEPTED = "gzip"


class UnreadableBody(ValueError):
    """An answer that is too large, or packed otherwise than was asked for."""


def read(chunks: Iterable[bytes], encoding: str, *, largest: int = MAX_BYTES) -> bytes:
    """Put an answer together. Raises UnreadableBody."""
    packing = encoding.strip().casefold()
    if packing not in ("", "identity", ACCEPTED):
        raise UnreadableBody(f"it is packed as {packing[:40]!r}")
    kept, size = [], 0
    for chunk in _unpacked(chunks) if packing == ACCEPTED else chunks:
        kept.append(chunk)
        size += len(chunk)
        if size > largest:
            raise UnreadableBody(f"it has more than {largest // 2**20} MB")
    return b"".join(kept)


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
