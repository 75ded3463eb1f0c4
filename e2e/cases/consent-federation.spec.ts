import { COMMAND_REACTIONS, CONSENT_BLOCK, CONSENT_TEXT_VERSION } from '@palabre/protocol';
import type { Actor, Person } from '../fixtures/cast.ts';
import { agreedReached, answersOf, askInRoom } from '../fixtures/consent.ts';
import { useBridgeConfig } from '../fixtures/bridge-config.ts';
import { bots, makeRoom, meet } from '../fixtures/meeting.ts';
import { usePolicy } from '../fixtures/policy.ts';
import { postedRecording } from '../fixtures/recordings.ts';
import { phaseReached, startWork, stopWork } from '../fixtures/scribe.ts';
import { expect, test } from '../fixtures/test.ts';
import { expectWords, postedTranscript } from '../fixtures/transcripts.ts';
import type { PostedTranscript } from '../fixtures/transcripts.ts';
import { createPlainReader } from '../matrix/reader.ts';
import { ofKind, resultsIn, waitForResults } from '../matrix/results.ts';
import { picturesOf, regionOf } from '../media/recordings.ts';
import { expectMovingVideo } from '../media/looking.ts';
import { promptNamed, say } from '../words/prompts.ts';

const QUIET = { media: { toneAtStart: false } };

/** Wall clock (ms) of what the transcript has of somebody. */
function timesOf(transcript: PostedTranscript, { userId }: Person): readonly { start: number; end: number }[] {
  const zero = transcript.text.block.started_ms ?? NaN;
  const lines = transcript.lines.filter((line) => line.user_id === userId);
  return lines.map((line) => ({ start: zero + line.start_ms, end: zero + line.end_ms }));
}

/** The event by which somebody is in the call, as another homeserver has it. */
async function membershipOf(seenBy: Person, roomId: string, { userId }: Person) {
  const found = (await seenBy.matrix.callMembers(roomId)).find(({ sender }) => sender === userId);
  if (found === undefined) throw new Error('not in the call');
  return { eventId: found.event_id, deviceId: String(found.content['device_id']) };
}

test('a partner’s person is asked by their own widget; their answer counts for them alone, from then until they withdraw @scribe @consent @federation', async ({
  cast,
  federation,
}, info) => {
  const { ministry, agency } = federation;
  const alice = await cast.actor('alice', { home: ministry, ...QUIET });
  const bob = await cast.actor('bob', { home: agency, locale: 'fr-FR', ...QUIET });
  const dave = await cast.person('dave', agency);
  const room = await makeRoom(ministry, alice, [bob, dave]);
  const { roomId } = room;
  const reader = createPlainReader(alice.matrix, roomId);
  await askInRoom(reader, alice, roomId);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  const agreed = (...people: Person[]) => agreedReached(ministry, roomId, 'recording', people);

  await startWork(ministry, roomId, 'transcription', aliceCall, [aliceCall, bobCall]);
  await startWork(ministry, roomId, 'recording', aliceCall, [aliceCall, bobCall]);
  await aliceCall.frame.getByTestId('consent-yes').click();
  await agreed(alice);
  const ofBob = await membershipOf(alice, roomId, bob);

  await test.step('nobody answers for him, and he agrees to no other words', async () => {
    await expect(bobCall.frame.getByTestId('consent-ask')).toContainText('Votre image, votre voix');
    const message = await waitForResults(reader, (all) => ofKind(all, 'meeting')[0], 10_000);
    const relation = { rel_type: 'm.annotation', event_id: message.eventId, key: COMMAND_REACTIONS.consent };
    const block = { scribe: bots(ministry).scribe, language: 'fr', text_version: CONSENT_TEXT_VERSION };
    const send = (person: Person, name: string, content: object) =>
      person.matrix.request('PUT', `v3/rooms/${encodeURIComponent(roomId)}/send/m.reaction/${name}`, content);
    const toBobs = { ...relation, event_id: ofBob.eventId };
    await send(alice, 'own', { 'm.relates_to': toBobs, [CONSENT_BLOCK]: { ...block, user_id: bob.userId } });
    await send(dave, 'his', { 'm.relates_to': toBobs, [CONSENT_BLOCK]: { ...block, user_id: bob.userId } });
    await send(bob, 'old', { 'm.relates_to': relation, [CONSENT_BLOCK]: { ...block, text_version: '1' } });
    const another = { ...block, scribe: bots(agency).scribe };
    const toOwn = { ...toBobs, key: `${COMMAND_REACTIONS.consent}\uFE0F` };
    await send(bob, 'another', { 'm.relates_to': toOwn, [CONSENT_BLOCK]: another });
    // The last of them, which counts for its sender: by then all have been looked at.
    await send(dave, 'mine', { 'm.relates_to': relation });
    await agreed(alice, dave);
    expect(await answersOf(ministry, roomId, bob)).toEqual([]);
  });
  await say(bobCall.frame, promptNamed('fr-privacy-unident'));

  await bobCall.frame.getByTestId('consent-yes').click();
  await agreed(alice, bob, dave);
  const agreedMs = Date.now();
  await expect(bobCall.frame.getByTestId('consent-ask')).toBeHidden();
  const said = await say(bobCall.frame, promptNamed('fr-ss-noservice'));
  const saidByAlice = await say(aliceCall.frame, promptNamed('en-ss-noservice'));

  await bobCall.press('people');
  const takenBackMs = Date.now();
  await bobCall.frame.getByTestId('my-consent').getByTestId('consent-recording').click();
  await agreed(alice, dave);
  const withdrawnMs = Date.now();
  info.annotations.push({ type: 'withdrawn', description: `${String(withdrawnMs - takenBackMs)} ms after the click` });
  await expect(aliceCall.tile(bob.userId).getByTestId('not-kept')).toBeVisible();
  await say(bobCall.frame, promptNamed('fr-privacy-unident'));
  await stopWork('recording', aliceCall, [aliceCall]);
  await stopWork('transcription', aliceCall, [aliceCall]);
  await aliceCall.leave();
  await bobCall.leave();

  await test.step('who, on which device, when, to which words and what for is with the bridge whose scribe it is', async () => {
    const answers = await answersOf(ministry, roomId, bob);
    expect(answers.map(({ answer, purpose }) => `${answer} ${purpose}`)).toEqual([
      'yes recording',
      'yes transcription',
      'withdrawn recording',
      'withdrawn transcription',
    ]);
    for (const answer of answers)
      expect(answer).toMatchObject({
        deviceId: ofBob.deviceId,
        how: 'reaction',
        language: 'fr',
        textVersion: CONSENT_TEXT_VERSION,
      });
    expect(answers.every(({ atMs }) => Math.abs(atMs - agreedMs) < 60_000)).toBe(true);
    expect(await answersOf(agency, roomId, bob)).toEqual([]);
  });
  await test.step('his words from his yes to his withdrawal', async () => {
    const transcript = await postedTranscript(reader);
    expectWords(transcript, bob, [said], 0.4);
    expectWords(transcript, alice, [saidByAlice], 0.34);
    const times = timesOf(transcript, bob);
    expect(Math.min(...times.map(({ start }) => start)), 'nothing before').toBeGreaterThan(said.startMs - 1_000);
    expect(Math.max(...times.map(({ end }) => end)), 'nothing after').toBeLessThan(withdrawnMs);
  });
  await test.step('and his picture', async () => {
    const recording = await postedRecording(reader, info.outputPath('recording.mp4'));
    const pictures = await picturesOf(recording.path);
    const share = ({ media }: Actor, fromMs: number, untilMs: number) => {
      const at = (wallMs: number) => wallMs - recording.result.block.started_ms;
      const shown = pictures.filter(({ timeMs }) => timeMs >= at(fromMs) && timeMs < at(untilMs));
      return shown.filter((picture) => regionOf(picture, media.colour).share > 0.05).length / Math.max(1, shown.length);
    };
    const filmMs = recording.result.block.started_ms;
    expect(share(bob, filmMs, agreedMs - 500), 'before his yes').toBe(0);
    // By then he has been in it for a sentence, however long a busy machine took to subscribe to him.
    expect(share(bob, saidByAlice.startMs, takenBackMs - 500), 'while he agreed').toBeGreaterThan(0.8);
    expect(share(bob, withdrawnMs + 500, Infinity), 'after his withdrawal').toBe(0);
    expect(share(alice, withdrawnMs + 500, Infinity), 'alice, all the time').toBeGreaterThan(0.8);
  });
});

test('an extern who comes in mid-meeting has everybody asked and the room told; their no is kept, and nothing of them @scribe @consent @federation', async ({
  cast,
  federation,
}) => {
  const { ministry, town } = federation;
  await usePolicy(cast, ministry, (policy) => ({
    ...policy,
    classes: { ...policy.classes, extern: { lobby: false } },
    servers: (policy.servers ?? []).map((server) =>
      server.match === town.facts.serverName ? { ...server, class: 'extern' } : server,
    ),
  }));
  await useBridgeConfig(cast, ministry, { consent: { default: 'announce', externPresent: 'ask' } });
  const alice = await cast.actor('alice', { home: ministry, ...QUIET });
  const carol = await cast.actor('carol', { home: town, ...QUIET });
  const room = await makeRoom(ministry, alice, [carol]);
  const { roomId } = room;
  const reader = createPlainReader(carol.matrix, roomId);
  const [aliceCall] = await meet(room, alice);
  await startWork(ministry, roomId, 'transcription', aliceCall, [aliceCall]);
  const before = await say(aliceCall.frame, promptNamed('en-ss-noservice'));
  await expect(aliceCall.frame.getByTestId('consent-ask')).toHaveCount(0);
  // A sign from now on would agree to words that stand nowhere yet.
  await alice.matrix.react(roomId, (await membershipOf(alice, roomId, alice)).eventId, COMMAND_REACTIONS.consent);

  await carol.messenger.openRoom(room.name);
  const carolCall = await carol.messenger.joinByBanner();
  await expect(aliceCall.frame.getByTestId('consent-ask')).toContainText('An external participant is in the call');
  await agreedReached(ministry, roomId, 'transcription', []);
  await test.step('the room is told, and why', async () => {
    const notices = async () => ofKind(await resultsIn(reader), 'notice').map(({ block }) => block.code);
    await expect.poll(notices, { timeout: 10_000 }).toContain('consent_externs');
    const [message] = ofKind(await resultsIn(reader), 'meeting');
    expect(message?.body).toContain('An external participant is in the call');
  });
  await say(aliceCall.frame, promptNamed('en-queue-youarenext'));
  await aliceCall.frame.getByTestId('consent-yes').click();
  await agreedReached(ministry, roomId, 'transcription', [alice]);
  await carolCall.frame.getByTestId('consent-no').click();
  await expect
    .poll(async () => (await answersOf(ministry, roomId, carol)).map(({ answer }) => answer))
    .toEqual(['no', 'no']);
  await say(carolCall.frame, promptNamed('en-queue-youarenext'));
  await carolCall.leave();
  const after = await say(aliceCall.frame, promptNamed('en-ss-noservice'));
  await stopWork('transcription', aliceCall, [aliceCall]);
  await phaseReached(ministry, roomId, 'transcription', 'off');
  await aliceCall.leave();

  const transcript = await postedTranscript(reader);
  expectWords(transcript, alice, [before, after], 0.34);
  expect(transcript.lines.filter((line) => line.user_id === carol.userId)).toEqual([]);
  expect(JSON.stringify(transcript.text.block)).not.toContain(carol.userId);
  expect(transcript.text.block.not_kept).toBe(1);
});
