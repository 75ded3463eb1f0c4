import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@playwright/test';
import { mediaOf, SCREEN_COLOUR } from '../media/actor-media.ts';
import { installFakeDevices } from '../media/fake-devices.ts';
import { expectMovingVideo, expectNoTone, expectTone, lookAt, packetsOf, sameColour } from '../media/looking.ts';
import { installProbes } from '../media/probes.ts';
import { onsetsOf } from '../media/recordings.ts';
import { cuesOf } from '../words/cues.ts';
import { wordErrorRate } from '../words/word-errors.ts';

/** The instruments themselves: they must say no when there is nothing to see or hear. */

test('word error rate counts what differs and nothing else', () => {
  expect(wordErrorRate('Please try again.', 'please, TRY again')).toBe(0);
  expect(wordErrorRate("l'indicatif régional", 'l’indicatif régional')).toBe(0);
  expect(wordErrorRate('one two three four', 'one two four')).toBe(0.25);
  expect(wordErrorRate('one two', 'one and two')).toBe(0.5);
  expect(wordErrorRate('one two', '')).toBe(1);
});

test('cues are read with speaker, time and text', () => {
  const file =
    'WEBVTT\n\n1\n00:00:01.500 --> 00:00:02.000\n<v Ana &amp; Co>Yes &lt;3\n\n01:00:00.000 --> 01:00:01.000\nNo voice\n';
  expect(cuesOf(file)).toEqual([
    { startMs: 1500, endMs: 2000, speaker: 'Ana & Co', text: 'Yes <3' },
    { startMs: 3_600_000, endMs: 3_601_000, speaker: '', text: 'No voice' },
  ]);
});

test('beeps are found where they begin, and only those of their pitch', () => {
  const sound = Float32Array.from({ length: 48_000 }, (_, at) =>
    at > 12_000 && at < 24_000
      ? 0.5 * Math.sin((2 * Math.PI * 1000 * at) / 48_000)
      : 0.3 * Math.sin((2 * Math.PI * 440 * at) / 48_000),
  );
  const [onset, ...others] = onsetsOf(sound, 1000);
  expect(others).toEqual([]);
  expect(Math.abs((onset ?? 0) - 250)).toBeLessThan(15);
  expect(onsetsOf(sound, 700)).toEqual([]);
});

test('fake devices are seen and heard through a peer connection, and silence is silence', async ({ page, context }) => {
  const server = createServer((_, response) => {
    response
      .setHeader('content-type', 'text/html')
      .end('<video id="there" autoplay></video><video id="nothing"></video>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const alice = mediaOf('alice');
  await context.addInitScript(installFakeDevices, { media: alice, screen: [...SCREEN_COLOUR] });
  await context.addInitScript(installProbes);
  try {
    await page.goto(`http://localhost:${String((server.address() as AddressInfo).port)}/`);
    await page.evaluate(async () => {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
      const [near, far] = [new RTCPeerConnection(), new RTCPeerConnection()];
      near.onicecandidate = ({ candidate }) => void far.addIceCandidate(candidate ?? undefined);
      far.onicecandidate = ({ candidate }) => void near.addIceCandidate(candidate ?? undefined);
      const received = new MediaStream();
      far.ontrack = ({ track }) => {
        received.addTrack(track);
        const video = document.querySelector<HTMLVideoElement>('#there');
        if (video !== null) video.srcObject = received;
      };
      for (const track of stream.getTracks()) near.addTrack(track, stream);
      const offer = await near.createOffer();
      await near.setLocalDescription(offer);
      await far.setRemoteDescription(offer);
      const answer = await far.createAnswer();
      await far.setLocalDescription(answer);
      await near.setRemoteDescription(answer);
    });
    await expectMovingVideo(page.locator('#there'), alice.colour);
    expect(sameColour((await lookAt(page.locator('#there'))).colour, mediaOf('bob').colour)).toBe(false);
    expect((await lookAt(page.locator('#nothing'))).frames).toBe(0);
    await expectTone(page.mainFrame(), alice.toneHz);
    await expectNoTone(page.mainFrame(), mediaOf('bob').toneHz);
    await page.evaluate(() => {
      window.palabreDevices.tone(false);
    });
    await expectNoTone(page.mainFrame(), alice.toneHz);
    const counts = await packetsOf(page.mainFrame());
    expect(counts.videoIn).toBeGreaterThan(0);
    expect(counts.framesDecoded).toBeGreaterThan(0);
  } finally {
    server.close();
  }
});
