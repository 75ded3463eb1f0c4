import { describe, expect, test } from '@jest/globals';
import { CAPTION_ATTRIBUTES } from '@palabre/protocol';
import { believesCaption, withCaption, type CaptionLine, type CaptionStream } from './caption-lines.ts';

const SFU = 'https://sfu.x/livekit/jwt';
const scribe = { identity: '@palabre-scribe:x:DEV', serviceUrl: SFU };
const stream = (change: Partial<CaptionStream> = {}): CaptionStream => ({
  senderIdentity: scribe.identity,
  serviceUrl: `${SFU}/`,
  encrypted: false,
  attributes: {},
  text: '',
  ...change,
});

describe('whose captions are believed', () => {
  test("the scribe's, on its own SFU", () => {
    expect(believesCaption(stream(), [scribe], false)).toBe(true);
  });

  test.each([
    ['another person', { senderIdentity: '@mallory:x:DEV' }],
    ['another device of the scribe’s account', { senderIdentity: '@palabre-scribe:x:OTHER' }],
    ['the same name on another SFU', { serviceUrl: 'https://sfu.y/livekit/jwt' }],
  ])('not those of %s', (_who, change) => {
    expect(believesCaption(stream(change), [scribe], false)).toBe(false);
  });

  test('nobody’s while there is no scribe', () => {
    expect(believesCaption(stream(), [], false)).toBe(false);
  });

  test('in an encrypted call only what was encrypted', () => {
    expect(believesCaption(stream(), [scribe], true)).toBe(false);
    expect(believesCaption(stream({ encrypted: true }), [scribe], true)).toBe(true);
    expect(believesCaption(stream({ encrypted: true, senderIdentity: '@mallory:x:DEV' }), [scribe], true)).toBe(false);
  });
});

describe('lines of captions', () => {
  const speakerOf = (identity: string) =>
    identity === '@a:x:D' ? { userId: '@a:x', name: 'Anna', self: false } : undefined;
  const said = (id: string, text: string, final: boolean, startedMs = 1000, speaker = '@a:x:D') => ({
    serviceUrl: SFU,
    attributes: {
      [CAPTION_ATTRIBUTES.segment]: id,
      [CAPTION_ATTRIBUTES.final]: String(final),
      [CAPTION_ATTRIBUTES.track]: 'TR_1',
      [CAPTION_ATTRIBUTES.speaker]: speaker,
      [CAPTION_ATTRIBUTES.startedMs]: String(startedMs),
    },
    text,
  });
  const after = (...streams: ReturnType<typeof said>[]): readonly CaptionLine[] =>
    streams.reduce<readonly CaptionLine[]>((lines, one) => withCaption(lines, one, speakerOf, 5000), []);

  test('interim text is replaced in place, and the final text is the last', () => {
    const lines = after(
      said('one', 'Good', false),
      said('two', 'Hello', true, 2000),
      said('one', 'Good morning.', true),
      said('one', 'Good mor', false),
    );
    expect(lines.map(({ text, final, name }) => [text, final, name])).toEqual([
      ['Good morning.', true, 'Anna'],
      ['Hello', true, 'Anna'],
    ]);
  });

  test('another scribe’s sentence is not one’s own to replace', () => {
    const lines = after(said('one', 'Good morning.', false), {
      ...said('one', '', true),
      serviceUrl: 'https://sfu.y/livekit/jwt',
    });
    expect(lines.map(({ text }) => text)).toEqual(['Good morning.']);
  });

  test('they stand in the order in which they were begun to be said', () => {
    const lines = after(said('late', 'second', true, 2000), said('early', 'first', true, 1000));
    expect(lines.map(({ text }) => text)).toEqual(['first', 'second']);
  });

  test('an empty final text takes back what was shown', () => {
    expect(after(said('one', 'Thank you.', false), said('one', '', true))).toEqual([]);
  });

  test('somebody who has left has no name; what is not of the form is nothing', () => {
    const [line] = after(said('one', 'Bye.', true, 1000, '@gone:x:D'));
    expect(line).toMatchObject({ name: undefined, userId: undefined });
    const odd = said('one', 'x', true);
    expect(
      withCaption([], { ...odd, attributes: { ...odd.attributes, [CAPTION_ATTRIBUTES.final]: 'maybe' } }, speakerOf, 1),
    ).toEqual([]);
  });
});
