"""Which events of a file were read already, in 16 bytes a place of two plain arrays; in a dictionary a row took 240."""

import secrets
from array import array

ROW_BITS, ALL_BITS = 32, 64
ROW = (1 << ROW_BITS) - 1
ALL = (1 << ALL_BITS) - 1
FIRST_BITS = 12
DIGEST = 8  # bytes that are kept of a row's digest; two rows of one id would have to agree in them by chance


class Seen:
    """Rows by the id of their event, from 1 to 2,147,483,647, each with a digest of its cells."""

    def __init__(self) -> None:
        # By chance, so that no file can be made whose ids all want the same place.
        self._factor = secrets.randbits(ALL_BITS) | 1
        self._count = 0
        self._empty(FIRST_BITS)

    def _empty(self, bits: int) -> None:
        self._bits = bits
        self._keys = array("Q", bytes(8 << bits))  # id and row in one number; 0 is a free place
        self._digests = array("Q", bytes(8 << bits))

    def __len__(self) -> int:
        return self._count

    def first(self, event: int) -> tuple[int, int] | None:
        """The row where this event stood first, and its digest as `shortened`; None where it was not read yet."""
        place = self._place(event)
        key = self._keys[place]
        return (key & ROW, self._digests[place]) if key else None

    def add(self, event: int, row: int, digest: int) -> None:
        """Note an event that was not read yet."""
        if 4 * (self._count + 1) > 3 << self._bits:
            self._grow()
        self._put(event << ROW_BITS | row, digest)
        self._count += 1

    def _grow(self) -> None:
        keys, digests = self._keys, self._digests
        self._empty(self._bits + 1)
        for key, digest in zip(keys, digests, strict=True):
            if key:
                self._put(key, digest)

    def _put(self, key: int, digest: int) -> None:
        place = self._place(key >> ROW_BITS)
        self._keys[place], self._digests[place] = key, digest

    def _place(self, event: int) -> int:
        """Where the event stands, or the free place where it belongs."""
        last = (1 << self._bits) - 1
        place = (event * self._factor & ALL) >> (ALL_BITS - self._bits)
        while (key := self._keys[place]) and key >> ROW_BITS != event:
            place = (place + 1) & last
        return place


def shortened(digest: bytes) -> int:
    """The part of a digest that is kept, as a number."""
    return int.from_bytes(digest[:DIGEST])
