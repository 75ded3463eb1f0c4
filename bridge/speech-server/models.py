"""The models of this server: the first is loaded at start, the others when somebody first asks for them."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Callable, Protocol


class Transcriber(Protocol):
    """What the server needs of an engine."""

    def languages(self) -> list[str]: ...

    def transcribe(self, data: bytes, language: str | None, words: bool, prompt: str | None, beam: int) -> dict[str, Any]: ...


class NotLoaded(Exception):
    """The model cannot be used: its files are damaged, or there is no memory for it."""


@dataclass
class Model:
    """One model by the name that clients use. `version` and the hash of its weights go into every transcript made with it."""

    name: str
    version: str
    weights: Path
    load: Callable[[], Transcriber]
    _lock: Lock = field(default_factory=Lock)
    _hashing: Lock = field(default_factory=Lock)
    _engine: Transcriber | None = None
    _sha256: str | None = None

    def engine(self) -> Transcriber:
        with self._lock:
            if self._engine is None:
                try:
                    self._engine = self.load()
                except Exception as error:
                    print(f"{self.name} cannot be loaded: {type(error).__name__}", file=sys.stderr, flush=True)
                    raise NotLoaded from error
            return self._engine

    def sha256(self) -> str | None:
        """Takes a while when asked for the first time; those who transcribe do not wait for it."""
        with self._hashing:
            if self._sha256 is None and self.weights.is_file():
                with self.weights.open("rb") as file:
                    # file_digest came with Python 3.11.
                    digest = hashlib.sha256()
                    while block := file.read(1 << 20):
                        digest.update(block)
                self._sha256 = digest.hexdigest()
            return self._sha256

    def facts(self) -> dict[str, Any]:
        """As `GET /v1/models` tells it; version and hash are our own addition."""
        return {"id": self.name, "object": "model", "owned_by": "palabre", "version": self.version, "sha256": self.sha256()}
