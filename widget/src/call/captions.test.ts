import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { Room } from 'livekit-client';
import { CAPTION_ATTRIBUTES, captionsRequestSchema, type CaptionsRequest } from '@palabre/protocol';
import { createCaptions, type PresentScribe } from './captions.ts';

const OURS = 'https://sfu.x/livekit/jwt';
const THEIRS = 'https://sfu.y/livekit/jwt';

/** A scribe that answers as it is told to, or not at all. */
function scribeAt(serviceUrl: string, allowed: boolean | undefined) {
  const asked: CaptionsRequest[] = [];
  const performRpc = ({ payload }: { payload: string }): Promise<string> => {
    asked.push(captionsRequestSchema.parse(JSON.parse(payload)));
    return allowed === undefined ? Promise.reject(new Error('timeout')) : Promise.resolve(JSON.stringify({ allowed }));
  };
  const room = { localParticipant: { sid: 'PA_1', performRpc } } as unknown as Room;
  return { asked, scribe: { identity: `scribe at ${serviceUrl}`, serviceUrl, room } satisfies PresentScribe };
}
function open(
  scribes: readonly { readonly scribe: PresentScribe }[],
  keepers: readonly { readonly scribe: PresentScribe }[] = [],
) {
  const here = [...scribes];
  let refusals = 0;
  const captions = createCaptions({
    encrypted: false,
    scribes: () => here.map(({ scribe }) => scribe),
    keepers: () => keepers.map(({ scribe }) => scribe),
    speakerOf: () => undefined,
    speaks: undefined,
    onChange: () => undefined,
    onRefused: () => refusals++,
  });
  return {
    captions,
    here,
    refusals: () => refusals,
    says: ({ identity, serviceUrl }: PresentScribe, text: string) =>
      captions.receive({
        senderIdentity: identity,
        serviceUrl,
        encrypted: false,
        attributes: {
          [CAPTION_ATTRIBUTES.segment]: 'one',
          [CAPTION_ATTRIBUTES.final]: 'true',
          [CAPTION_ATTRIBUTES.track]: 'TR_1',
          [CAPTION_ATTRIBUTES.speaker]: '@a:x:D',
          [CAPTION_ATTRIBUTES.startedMs]: '1000',
        },
        text,
      }),
    texts: () => captions.state().lines.map(({ text }) => text),
  };
}
beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});
const settle = () => jest.advanceTimersByTimeAsync(0);

test('of two scribes ours is used, and the other one is neither asked nor believed', async () => {
  const [ours, theirs] = [scribeAt(OURS, true), scribeAt(THEIRS, true)];
  const { captions, says, texts } = open([ours, theirs]);
  captions.speak('fr');
  captions.want(true);
  await settle();
  expect([ours.asked, theirs.asked]).toEqual([
    [
      { show: false, speaks: 'fr' },
      { show: true, speaks: 'fr' },
    ],
    [],
  ]);
  says(theirs.scribe, 'forged');
  says(ours.scribe, 'true');
  expect(texts()).toEqual(['true']);
});

test('a scribe that keeps what is said is told what we speak, and asked for nothing', async () => {
  const [ours, theirs] = [scribeAt(OURS, true), scribeAt(THEIRS, false)];
  const { captions, refusals } = open([ours], [ours, theirs]);
  captions.look();
  await settle();
  expect([ours.asked, theirs.asked]).toEqual([[], []]);
  captions.speak('fr');
  captions.want(true);
  await settle();
  expect(ours.asked.at(-1)).toEqual({ show: true, speaks: 'fr' });
  expect(theirs.asked).toEqual([{ show: false, speaks: 'fr' }]);
  expect([captions.state().refused, captions.refusedBy(THEIRS), refusals()]).toEqual([false, false, 0]);
  captions.speak(undefined);
  await settle();
  expect(theirs.asked.at(-1)).toEqual({ show: false });
});

test('where ours begins later, the other one is told that we read it no more', async () => {
  const [ours, theirs] = [scribeAt(OURS, true), scribeAt(THEIRS, true)];
  const { captions, here } = open([theirs]);
  captions.want(true);
  await settle();
  here.unshift(ours);
  captions.look();
  await settle();
  expect([ours.asked, theirs.asked]).toEqual([[{ show: true }], [{ show: true }, { show: false }]]);
});

test('one that refuses is told of once, and the next one is used; when all refuse, that is said', async () => {
  const [ours, theirs] = [scribeAt(OURS, true), scribeAt(THEIRS, false)];
  const { captions, here, refusals } = open([theirs]);
  captions.want(true);
  await settle();
  expect([captions.state().refused, captions.refusedBy(THEIRS), refusals()]).toEqual([true, true, 1]);
  here.unshift(ours);
  captions.look();
  await settle();
  expect([captions.state().refused, ours.asked, refusals()]).toEqual([false, [{ show: true }], 1]);
});

test('one that does not answer is asked less and less often', async () => {
  const silent = scribeAt(OURS, undefined);
  const { captions } = open([silent]);
  captions.want(true);
  await jest.advanceTimersByTimeAsync(10 * 60_000);
  expect(silent.asked.length).toBeGreaterThan(20);
  expect(silent.asked.length).toBeLessThan(100);
  captions.close();
});

test('nothing is believed while captions are not wanted', () => {
  const ours = scribeAt(OURS, true);
  const { captions } = open([ours]);
  expect(captions.believes({ senderIdentity: ours.scribe.identity, serviceUrl: OURS, encrypted: false })).toBe(false);
});
