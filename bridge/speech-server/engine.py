"""Whisper by CTranslate2 on the CPU, quick enough for live captions.

Whisper pads everything to 30 s, so that an utterance of 3 s costs as much as one of 30 s. CTranslate2 also takes a shorter
spectrogram: here what is heard plus some silence is encoded. A window that is too short makes the model repeat itself, which is
noticed by length and by compressibility; such an utterance is done again with the full window.
"""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from threading import Lock
from typing import Any

import faster_whisper
import numpy as np
from faster_whisper.audio import decode_audio
from faster_whisper.tokenizer import Tokenizer

from form import NotAudio

SAMPLE_RATE = 16_000
FRAMES_PER_SECOND = 100
FULL_WINDOW_S = 30.0
SHORTEST_WINDOW_S = 10.0
SILENCE_AFTER_S = 4.0
# Beyond this, what is heard and the silence after it do not fit into one window.
LONGEST_SHORT_PATH_S = FULL_WINDOW_S - SILENCE_AFTER_S
SHORTEST_AUDIO_S = 0.2
# People say less than nine tokens in a second.
TOKENS_PER_SECOND = 9
SPARE_TOKENS = 12
LONGEST_PROMPT_TOKENS = 100
# Text that compresses better than this repeats itself (Whisper's own threshold).
MOST_COMPRESSION = 2.4
# Whisper's rule for "nobody spoke": both at once.
NO_SPEECH = 0.6
UNSURE_LOGPROB = -1.0


def decode(data: bytes) -> np.ndarray:
    """Any sound file that FFmpeg reads, as mono float samples at 16 kHz."""
    plain = _plain_wav(data)
    if plain is not None:
        return plain
    try:
        return decode_audio(io.BytesIO(data), SAMPLE_RATE)
    except Exception as error:  # PyAV raises one class for each of FFmpeg's error codes
        raise NotAudio from error


def _plain_wav(data: bytes) -> np.ndarray | None:
    """16-bit mono PCM at our rate, as the bridge sends it, without the way through FFmpeg."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return None
    at = 12
    fits = False
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + 8 + size]
        if name == b"fmt " and len(body) >= 16:
            coding, channels = int.from_bytes(body[0:2], "little"), int.from_bytes(body[2:4], "little")
            rate, bits = int.from_bytes(body[4:8], "little"), int.from_bytes(body[14:16], "little")
            fits = (coding, channels, rate, bits) == (1, 1, SAMPLE_RATE, 16)
        elif name == b"data":
            whole = len(body) // 2 * 2
            return np.frombuffer(body[:whole], "<i2").astype(np.float32) / 32768 if fits else None
        at += 8 + size + size % 2
    return None


class Engine:
    """One loaded model; `transcribe` may be called from as many threads as it has workers."""

    def __init__(self, model_dir: Path, workers: int, threads: int) -> None:
        self._whisper = faster_whisper.WhisperModel(
            str(model_dir), device="cpu", compute_type="int8", cpu_threads=threads, num_workers=workers, local_files_only=True
        )
        self._tokenizers: dict[str, Tokenizer] = {}
        self._lock = Lock()
        # The first call allocates; nobody should wait for it.
        self._short(np.zeros(SAMPLE_RATE, np.float32), "en", False, None)

    def languages(self) -> list[str]:
        return list(self._whisper.supported_languages)

    def transcribe(self, data: bytes, language: str | None, words: bool, prompt: str | None, beam: int) -> dict[str, Any]:
        """Text of one sound file with its segments and, if asked, the times of its words (seconds)."""
        audio = decode(data)
        seconds = len(audio) / SAMPLE_RATE
        if seconds < SHORTEST_AUDIO_S:
            found = _nothing()
        else:
            short = self._short(audio, language, words, prompt) if seconds <= LONGEST_SHORT_PATH_S and beam == 1 else None
            found = short if short is not None else self._long(audio, language, words, prompt, beam)
        return {"task": "transcribe", "duration": round(seconds, 3), **found}

    def _tokenizer(self, language: str) -> Tokenizer:
        with self._lock:
            if language not in self._tokenizers:
                many = self._whisper.model.is_multilingual
                self._tokenizers[language] = Tokenizer(
                    self._whisper.hf_tokenizer, many, task="transcribe" if many else None, language=language if many else None
                )
            return self._tokenizers[language]

    def _encode(self, audio: np.ndarray, window_s: float) -> Any:
        frames = int(window_s * FRAMES_PER_SECOND)
        features = self._whisper.feature_extractor(audio)[:, :frames]
        missing = frames - features.shape[1]
        if missing > 0:
            features = np.pad(features, ((0, 0), (0, missing)))
        return self._whisper.encode(np.ascontiguousarray(features))

    def _short(self, audio: np.ndarray, language: str | None, words: bool, prompt: str | None) -> dict[str, Any] | None:
        """Short window, greedy; None when the result looks like a loop."""
        seconds = len(audio) / SAMPLE_RATE
        model = self._whisper.model
        window_s = min(FULL_WINDOW_S, max(SHORTEST_WINDOW_S, float(np.ceil(seconds + SILENCE_AFTER_S))))
        encoded = self._encode(audio, window_s)
        if not model.is_multilingual:
            language = "en"
        elif language is None:
            language = model.detect_language(encoded)[0][0][0][2:-2]
        tokenizer = self._tokenizer(language)
        start = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        if prompt:
            start = [tokenizer.sot_prev, *tokenizer.encode(" " + prompt.strip())[-LONGEST_PROMPT_TOKENS:], *start]
        most_tokens = int(SPARE_TOKENS + TOKENS_PER_SECOND * seconds)
        result = model.generate(
            encoded,
            [start],
            beam_size=1,
            max_length=len(start) + most_tokens,
            suppress_blank=True,
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens = [token for token in result.sequences_ids[0] if token < tokenizer.eot]
        text = tokenizer.decode(tokens).strip()
        raw = text.encode()
        if len(tokens) >= most_tokens - 1 or len(raw) > MOST_COMPRESSION * len(zlib.compress(raw)):
            return None
        logprob, no_speech = float(result.scores[0]), float(result.no_speech_prob)
        if text == "" or (no_speech > NO_SPEECH and logprob < UNSURE_LOGPROB):
            return _nothing()
        aligned = (
            self._whisper.find_alignment(tokenizer, [tokens], encoded, int(seconds * FRAMES_PER_SECOND))[0] if words else []
        )
        return {
            "language": language,
            "text": text,
            "segments": [
                {
                    "id": 0,
                    "start": 0.0,
                    "end": round(seconds, 2),
                    "text": text,
                    "avg_logprob": round(logprob, 4),
                    "no_speech_prob": round(no_speech, 4),
                }
            ],
            "words": _joined([_word(word["word"], word["start"], word["end"], seconds) for word in aligned]),
        }

    def _long(self, audio: np.ndarray, language: str | None, words: bool, prompt: str | None, beam: int) -> dict[str, Any]:
        """The model as it was meant: windows of 30 s."""
        segments, info = self._whisper.transcribe(
            audio,
            language=language if self._whisper.model.is_multilingual else "en",
            beam_size=beam,
            word_timestamps=words,
            initial_prompt=prompt or None,
            condition_on_previous_text=False,
            vad_filter=len(audio) > FULL_WINDOW_S * SAMPLE_RATE,
        )
        heard = list(segments)
        text = " ".join(segment.text.strip() for segment in heard).strip()
        if text == "":
            return _nothing()
        return {
            "language": info.language,
            "text": text,
            "segments": [
                {
                    "id": index,
                    "start": round(segment.start, 2),
                    "end": round(segment.end, 2),
                    "text": segment.text.strip(),
                    "avg_logprob": round(segment.avg_logprob, 4),
                    "no_speech_prob": round(segment.no_speech_prob, 4),
                }
                for index, segment in enumerate(heard)
            ],
            "words": [
                _word(word.word, word.start, word.end, len(audio) / SAMPLE_RATE)
                for segment in heard
                for word in (segment.words or [])
                if word.word.strip() != ""
            ],
        }


def _nothing() -> dict[str, Any]:
    """Nobody spoke. A language found on silence is a guess, so none is named."""
    return {"language": None, "text": "", "segments": [], "words": []}


def _word(text: str, start: float, end: float, longest: float) -> dict[str, Any]:
    # Alignment runs late into the silence that was added.
    return {"word": text.strip(), "start": round(min(float(start), longest), 2), "end": round(min(float(end), longest), 2)}


def _joined(pieces: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Puts back together what the tokenizer takes apart: a full stop is not a word, nor is the end of "d'appel"."""
    words: list[dict[str, Any]] = []
    for piece in pieces:
        text = piece["word"]
        silent = not any(letter.isalnum() for letter in text)
        if words and (silent or text[0] in "'’-"):
            words[-1]["word"] += text
            # The sign is heard as the pause after the word.
            if not silent:
                words[-1]["end"] = piece["end"]
        elif not silent:
            words.append(piece)
    return words
