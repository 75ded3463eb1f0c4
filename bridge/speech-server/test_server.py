"""The server from outside, with an engine that says what it was given."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
import unittest
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from form import NotAudio
from models import Model
from server import SpeechServer
from turns import FINAL, PARTIAL, Full, Turns

KEY = "a-key-for-tests"


class Echo:
    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def languages(self) -> list[str]:
        return ["en", "fr"]

    def transcribe(self, data: bytes, language: str | None, words: bool, prompt: str | None, beam: int) -> dict[str, Any]:
        self.asked.append((data, language, words, prompt, beam))
        if data == b"noise":
            raise NotAudio
        if data == b"broken":
            raise RuntimeError("secret words")
        text = data.decode()
        return {
            "task": "transcribe",
            "duration": 1.0,
            "language": language,
            "text": text,
            "segments": [],
            "words": [{"word": text, "start": 0.0, "end": 1.0}] if words else [],
        }


def form(fields: list[tuple[str, bytes]], boundary: str = "b-1") -> tuple[bytes, str]:
    parts = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'.encode()
        + (b'; filename="a.wav"\r\nContent-Type: audio/wav' if name == "file" else b"")
        + b"\r\n\r\n"
        + value
        + b"\r\n"
        for name, value in fields
    )
    return parts + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


class ServerCase(unittest.TestCase):
    @staticmethod
    def broken() -> Echo:
        raise MemoryError("secret words")

    def setUp(self) -> None:
        self.engine = Echo()
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        weights = Path(folder.name) / "model.bin"
        weights.write_bytes(b"weights")
        models = [
            Model("base", "1.0", weights, lambda: self.engine),
            Model("broken", "2.0", Path("nowhere"), self.broken),
        ]
        self.server = SpeechServer(("127.0.0.1", 0), models, KEY, seats=1)
        self.port = self.server.server_address[1]
        thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        thread.start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(self.server.shutdown)

    def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, chunked: bool = False
    ) -> tuple[int, Any, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        self.addCleanup(connection.close)
        connection.request(method, path, body, headers or {}, encode_chunked=chunked)
        answer = connection.getresponse()
        text = answer.read().decode()
        kind = answer.getheader("content-type") or ""
        return answer.status, json.loads(text) if kind.startswith("application/json") else text, answer

    def post(self, fields: list[tuple[str, bytes]], **headers: str) -> tuple[int, Any, http.client.HTTPResponse]:
        body, kind = form(fields)
        return self.ask(
            "POST",
            "/v1/audio/transcriptions",
            body,
            {"content-type": kind, "authorization": f"Bearer {KEY}", **{name.replace("_", "-"): value for name, value in headers.items()}},
        )

    def test_answers_in_each_format(self) -> None:
        status, answer, _ = self.post([("file", "bonjour à tous".encode()), ("model", b"base")])
        self.assertEqual((status, answer), (200, {"text": "bonjour à tous"}))
        status, answer, _ = self.post([("file", b"hello"), ("response_format", b"text")])
        self.assertEqual((status, answer), (200, "hello\n"))
        status, answer, _ = self.post(
            [
                ("file", b"hello"),
                ("response_format", b"verbose_json"),
                ("timestamp_granularities[]", b"word"),
                ("language", b"EN"),
                ("prompt", b"Palabre"),
                ("beam_size", b"5"),
            ]
        )
        self.assertEqual(status, 200)
        self.assertEqual(answer["words"], [{"word": "hello", "start": 0.0, "end": 1.0}])
        self.assertEqual(self.engine.asked[-1], (b"hello", "en", True, "Palabre", 5))

    def test_reads_chunked_bodies(self) -> None:
        body, kind = form([("file", b"x" * 100_000)])
        pieces = iter([body[:10], body[10:70_000], body[70_000:]])
        status, answer, _ = self.ask(
            "POST",
            "/v1/audio/transcriptions",
            pieces,
            {"content-type": kind, "authorization": f"Bearer {KEY}", "transfer-encoding": "chunked"},
            chunked=True,
        )
        self.assertEqual((status, len(answer["text"])), (200, 100_000))

    def test_keeps_binary_files_whole(self) -> None:
        sound = bytes(range(128)) + b"\r\n--b-\r\n"
        self.assertEqual(self.post([("file", sound)])[0], 200)
        self.assertEqual(self.engine.asked[-1][0], sound)

    def test_refuses_without_the_key_and_reads_nothing(self) -> None:
        for key in ("", "Bearer wrong", f"bearer {KEY}", f"Bearer {KEY}é"):
            status, answer, response = self.post([("file", b"hello")], authorization=key.encode("utf-8").decode("latin-1"))
            self.assertEqual((status, answer["error"]["code"]), (401, "invalid_api_key"))
            self.assertEqual(response.getheader("connection"), "close")
        self.assertEqual(self.engine.asked, [])

    def test_refuses_what_it_cannot_read(self) -> None:
        cases: list[tuple[list[tuple[str, bytes]], int]] = [
            ([("model", b"base")], 400),
            ([("file", b"noise")], 400),
            ([("file", b"hello"), ("response_format", b"srt")], 400),
            ([("file", b"hello"), ("language", b"xx")], 400),
            ([("file", b"hello"), ("beam_size", b"0")], 400),
            ([("file", b"hello"), ("model", b"large")], 404),
        ]
        for fields, expected in cases:
            self.assertEqual(self.post(fields)[0], expected, fields)
        authorized = {"authorization": f"Bearer {KEY}"}
        self.assertEqual(self.ask("POST", "/v1/audio/transcriptions", b"{}", {**authorized, "content-type": "application/json"})[0], 400)
        self.assertEqual(self.ask("POST", "/v1/audio/translations", b"", authorized)[0], 404)
        self.assertEqual(self.ask("GET", "/v1/models/base")[0], 404)

    def test_says_no_more_than_needed_when_it_fails(self) -> None:
        status, answer, _ = self.post([("file", b"broken")])
        self.assertEqual((status, answer["error"]["code"]), (500, "failed"))
        self.assertNotIn("secret", json.dumps(answer))

    def test_refuses_lying_and_boundless_bodies(self) -> None:
        heads = {
            b"Content-Length: 999999999999\r\n\r\n": b"413",
            b"Content-Length: -1\r\n\r\n": b"400",
            b"Content-Length: ten\r\n\r\n": b"400",
            b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n": b"413",
            b"Transfer-Encoding: chunked\r\n\r\n-5\r\n": b"400",
            b"Transfer-Encoding: gzip\r\n\r\n": b"400",
            b"\r\n": b"400",
        }
        for head, expected in heads.items():
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as client:
                client.sendall(
                    b"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + KEY.encode() + b"\r\n" + head
                )
                self.assertEqual(client.recv(4096).split(b" ")[1], expected, head)

    def test_names_itself(self) -> None:
        self.assertEqual(self.ask("GET", "/health")[:2], (200, {"ok": True, "model": "base"}))

    def test_names_its_models_with_version_and_hash_of_the_weights(self) -> None:
        first, second = self.ask("GET", "/v1/models")[1]["data"]
        self.assertEqual((first["id"], first["version"], first["sha256"]), ("base", "1.0", sha256(b"weights").hexdigest()))
        self.assertEqual((second["id"], second["version"], second["sha256"]), ("broken", "2.0", None))

    def test_hashes_the_weights_at_start(self) -> None:
        deadline = time.monotonic() + 5
        while self.server.models["base"]._sha256 is None and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(self.server.models["base"]._sha256, sha256(b"weights").hexdigest())

    def test_the_hash_does_not_wait_for_the_engine_nor_the_engine_for_it(self) -> None:
        loading, loaded = threading.Event(), threading.Event()

        def load() -> Echo:
            loading.set()
            loaded.wait(5)
            return self.engine

        model = Model("slow", "1.0", self.server.models["base"].weights, load)
        thread = threading.Thread(target=model.engine)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(loaded.set)
        self.assertTrue(loading.wait(5))
        hashing = threading.Thread(target=model.sha256, daemon=True)
        hashing.start()
        hashing.join(2)
        self.assertFalse(hashing.is_alive())

    def test_a_model_that_cannot_be_loaded_does_not_keep_the_other_from_working(self) -> None:
        status, answer, _ = self.post([("file", b"hello"), ("model", b"broken")])
        self.assertEqual((status, answer["error"]["code"]), (503, "model_not_loaded"))
        self.assertNotIn("secret", json.dumps(answer))
        self.assertEqual(self.post([("file", b"hello"), ("model", b"base")])[0], 200)


class TurnsCase(unittest.TestCase):
    def test_finals_go_before_partials_that_came_earlier(self) -> None:
        turns = Turns(seats=1, longest_queue=8)
        order: list[str] = []
        threads: list[threading.Thread] = []

        def work(name: str, priority: int) -> None:
            with turns.turn(priority):
                order.append(name)

        with turns.turn(FINAL):
            for waiting, (name, priority) in enumerate([("p1", PARTIAL), ("p2", PARTIAL), ("f1", FINAL), ("f2", FINAL)], 1):
                threads.append(threading.Thread(target=work, args=(name, priority)))
                threads[-1].start()
                while turns.waiting() < waiting:
                    pass
        for thread in threads:
            thread.join()
        self.assertEqual(order, ["f1", "f2", "p1", "p2"])

    def test_turns_people_away_when_the_queue_is_full(self) -> None:
        turns = Turns(seats=1, longest_queue=0)
        with turns.turn(FINAL), self.assertRaises(Full), turns.turn(FINAL):
            self.fail("there was no room to wait")


if __name__ == "__main__":
    unittest.main()
