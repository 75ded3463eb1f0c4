"""Speech to text behind the interface that OpenAI's clients speak: POST /v1/audio/transcriptions, GET /v1/models, GET /health.

One process, the standard library's HTTP server, one model and perhaps another for when that one fails. Made for loopback: no TLS, one key for everybody.
Sound and text stay in memory; nothing about a request is logged.
"""

from __future__ import annotations

import argparse
import hmac
import json
import os
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from form import BadBody, BodyTooLarge, NotAudio, parse_form, read_body
from models import Model, NotLoaded, Transcriber
from turns import FINAL, PARTIAL, Full, Turns

MOST_BYTES = 256 * 1024 * 1024
LONGEST_QUEUE = 64
SLOWEST_CLIENT_S = 30
FORMATS = ("json", "text", "verbose_json")


class Refused(Exception):
    """An answer other than 200: status, the code clients test for, the sentence people read."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class SpeechServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], models: list[Model], key: str, seats: int, queue: int = LONGEST_QUEUE) -> None:
        super().__init__(address, Handler)
        self.models, self.key = {model.name: model for model in models}, key
        self.name = models[0].name
        self.turns = Turns(seats, queue)
        # Whoever asks for it waits two seconds only.
        threading.Thread(target=self._hash_weights, daemon=True).start()

    def _hash_weights(self) -> None:
        for model in self.models.values():
            model.sha256()


class Handler(BaseHTTPRequestHandler):
    server: SpeechServer
    protocol_version = "HTTP/1.1"
    server_version = "palabre-speech"
    sys_version = ""
    timeout = SLOWEST_CLIENT_S
    # Head and body are two writes: without this the second waits for an acknowledgement.
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: what people send is theirs."""

    def do_GET(self) -> None:
        if self.path == "/health":
            return self._answer(200, {"ok": True, "model": self.server.name})
        if self.path == "/v1/models":
            return self._answer(200, {"object": "list", "data": [model.facts() for model in self.server.models.values()]})
        self._refuse(Refused(404, "not_found", "There is nothing here."))

    def do_POST(self) -> None:
        try:
            if self.path.split("?")[0] != "/v1/audio/transcriptions":
                raise Refused(404, "not_found", "There is nothing here.")
            # Before the body: a stranger's bytes are not read.
            offered = self.headers.get("authorization") or ""
            if not hmac.compare_digest(offered.encode("utf-8", "replace"), f"Bearer {self.server.key}".encode()):
                raise Refused(401, "invalid_api_key", "The key is missing or wrong.")
            kind, answer = self._transcribe(self._form())
            self._answer(200, answer, kind)
        except Refused as refused:
            self._refuse(refused)
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def _form(self) -> dict[str, list[bytes]]:
        try:
            body = read_body(self.rfile, self.headers, MOST_BYTES)
            return parse_form(self.headers.get("content-type") or "", body)
        except BodyTooLarge:
            raise Refused(413, "too_large", f"A file may have {MOST_BYTES // 1024 // 1024} MB.") from None
        except BadBody as bad:
            raise Refused(400, "invalid_request", f"The request cannot be read: {bad}.") from None

    def _transcribe(self, form: dict[str, list[bytes]]) -> tuple[str, Any]:
        def text(name: str, fallback: str = "") -> str:
            return form[name][-1].decode("utf-8", "replace").strip() if name in form else fallback

        if "file" not in form:
            raise Refused(400, "invalid_request", "The field `file` is missing.")
        model = self.server.models.get(text("model", self.server.name))
        if model is None:
            raise Refused(404, "model_not_found", f"This server has: {', '.join(self.server.models)}.")
        shape = text("response_format", "json")
        if shape not in FORMATS:
            raise Refused(400, "invalid_request", f"`response_format` is one of {', '.join(FORMATS)}.")
        try:
            engine = model.engine()
        except NotLoaded:
            raise Refused(503, "model_not_loaded", "The model cannot be loaded.") from None
        language = text("language").lower() or None
        if language is not None and language not in engine.languages():
            raise Refused(400, "invalid_request", "`language` is not a language this model knows.")
        words = b"word" in form.get("timestamp_granularities[]", []) + form.get("timestamp_granularities", [])
        # Our own field: 1 for live captions (the default), more for a transcript that may take its time.
        beam = text("beam_size", "1")
        if not beam.isdecimal() or not 1 <= int(beam) <= 10:
            raise Refused(400, "invalid_request", "`beam_size` is a number from 1 to 10.")
        priority = PARTIAL if self.headers.get("x-palabre-priority") == "partial" else FINAL
        try:
            with self.server.turns.turn(priority):
                found = engine.transcribe(form["file"][-1], language, words, text("prompt") or None, int(beam))
        except Full:
            raise Refused(429, "busy", "Too many requests wait already.") from None
        except NotAudio:
            raise Refused(400, "invalid_audio", "The file cannot be read as sound.") from None
        except Exception as error:
            # The class only: a message might quote what was said.
            print(f"transcription failed: {type(error).__name__}", file=sys.stderr, flush=True)
            raise Refused(500, "failed", "The transcription failed.") from error
        if shape == "text":
            return "text/plain; charset=utf-8", found["text"] + "\n"
        return "application/json", found if shape == "verbose_json" else {"text": found["text"]}

    def _refuse(self, refused: Refused) -> None:
        # What was not read of the body would be taken for the next request.
        self.close_connection = True
        self._answer(refused.status, {"error": {"message": str(refused), "type": "invalid_request_error", "code": refused.code}})

    def _answer(self, status: int, content: Any, kind: str = "application/json") -> None:
        body = content.encode() if isinstance(content, str) else json.dumps(content, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        if status == 429:
            self.send_header("retry-after", "1")
        if self.close_connection:
            self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(body)


def exit_with_parent() -> None:
    """Whoever started this holds the other end of its standard input; when that closes, they are gone."""

    def wait() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, required=True)
    options.add_argument(
        "--model",
        nargs=3,
        action="append",
        required=True,
        metavar=("NAME", "VERSION", "FOLDER"),
        help="a CTranslate2 Whisper model, by the name that clients use; the first is loaded at once, further ones when asked for",
    )
    options.add_argument("--workers", type=int, default=2, help="utterances at once; each takes one core")
    options.add_argument("--watch-stdin", action="store_true", help="exit when standard input closes")
    chosen = options.parse_args()
    key = os.environ.pop("PALABRE_SPEECH_KEY", "")
    if key == "":
        sys.exit("PALABRE_SPEECH_KEY must hold the key that clients send.")
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    if chosen.watch_stdin:
        exit_with_parent()

    # Here and not above: the rest of this file is tested without the libraries of the model.
    from engine import Engine

    def model(name: str, version: str, folder: str) -> Model:
        def load() -> Transcriber:
            return Engine(Path(folder), workers=chosen.workers, threads=1)

        return Model(name, version, Path(folder) / "model.bin", load)

    models = [model(*one) for one in chosen.model]
    try:
        models[0].engine()
    except NotLoaded:
        # Those who ask for it are told; who asks for another one is served.
        if len(models) == 1:
            sys.exit("The model cannot be loaded.")
    with SpeechServer((chosen.host, chosen.port), models, key, seats=chosen.workers) as server:
        print(json.dumps({"ready": True, "port": server.server_address[1]}), flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
