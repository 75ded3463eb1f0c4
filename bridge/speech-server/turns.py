"""Who works next: finals before partials, and no more waiting than can be answered in time."""

from __future__ import annotations

import heapq
import itertools
from contextlib import contextmanager
from threading import Condition
from typing import Iterator

FINAL = 0
PARTIAL = 1


class Full(Exception):
    """So many wait already that one more would only wait in vain."""


class Turns:
    """A few seats, and a queue in which a lower number goes first."""

    def __init__(self, seats: int, longest_queue: int) -> None:
        self._free = seats
        self._longest = longest_queue
        self._changed = Condition()
        self._queue: list[tuple[int, int]] = []
        self._numbers = itertools.count()

    def waiting(self) -> int:
        with self._changed:
            return len(self._queue)

    @contextmanager
    def turn(self, priority: int) -> Iterator[None]:
        with self._changed:
            if self._free == 0 and len(self._queue) >= self._longest:
                raise Full
            mine = (priority, next(self._numbers))
            heapq.heappush(self._queue, mine)
            self._changed.wait_for(lambda: self._free > 0 and self._queue[0] == mine)
            heapq.heappop(self._queue)
            self._free -= 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._free += 1
                self._changed.notify_all()
