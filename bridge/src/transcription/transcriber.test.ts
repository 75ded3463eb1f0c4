import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createFakeOperations } from '../operations/fake-operations.ts';
import { createDatabase, type Database } from '../storage/index.ts';
import { emptyDatabase } from '../storage/test-database.ts';
import {
  SpeechRejected,
  SpeechUnavailable,
  SpeechUnsuited,
  type Recognised,
  type SpeechChain,
  type SpokenText,
} from './engines/index.ts';
import { createTranscriptionStore, transcriptionMigrations, type Sealer, type TranscriptionTables } from './store.ts';
import { createTranscriber } from './transcriber.ts';

/** Turns bytes over, so that what lies in the database is not what was said. */
const sealer: Sealer = {
  seal: (plain) => plain.map((byte) => byte ^ 0xff),
  open: (sealed) => sealed.map((byte) => byte ^ 0xff),
};
const EVER = { startMs: 0, endMs: Infinity };

let database: Database;
beforeAll(async () => {
  const { log } = createFakeOperations();
  database = await createDatabase(await emptyDatabase(), { transcription: transcriptionMigrations }, log);
});
afterAll(() => database.destroy());

type Answer = (language: string | undefined, pcm: Int16Array) => SpokenText | Error | Promise<SpokenText>;

const BY = { model: 'fake', version: '1', place: 'loopback', operator: 'us' };

function speechThat(answer: Answer): SpeechChain & { readonly asked: (string | undefined)[] } {
  const asked: (string | undefined)[] = [];
  return {
    asked,
    transcribe: async ({ pcm, language }): Promise<Recognised> => {
      asked.push(language);
      const given = await answer(language, pcm);
      if (given instanceof Error) throw given;
      return { ...given, by: BY, isLanguageFound: language === undefined };
    },
    forget: () => undefined,
    close: () => undefined,
  };
}

function setUp(runId: string, answer: Answer) {
  const store = createTranscriptionStore(database.$extendTables<TranscriptionTables>());
  const speech = speechThat(answer);
  const { asked } = speech;
  let aheadMs = 0;
  const away: string[] = [];
  const troubles: string[] = [];
  const transcriber = createTranscriber({
    store,
    speech,
    concurrency: 1,
    now: () => Date.now() + aheadMs,
    onTrouble: (message) => troubles.push(message),
    lookEveryMs: 20,
  });
  transcriber.open(runId, sealer, (oldest) => away.push(oldest));
  const utterance = (id: string, startMs: number, endMs: number, userId = '@alice:hs') => ({
    id: `${runId}-${id}`,
    runId,
    userId,
    startMs,
    endMs,
    leadMs: 200,
  });
  return { store, transcriber, asked, away, troubles, utterance, wait: (ms: number) => (aheadMs += ms) };
}

const said = (text: string, language = 'en'): SpokenText => ({
  text,
  language,
  words: [{ word: text, startMs: 0, endMs: 60_000 }],
});
const PCM = Int16Array.of(1, -2, 3);

describe('transcriber', () => {
  test('every utterance becomes a line of its speaker, with words inside the voice; the language stays', async () => {
    const { store, transcriber, asked, utterance } = setUp('line', () => said('hello'));
    await transcriber.add(utterance('a', 1000, 4000), PCM);
    await transcriber.settle('line', Infinity, 1000);
    await transcriber.add(utterance('b', 5000, 5500), PCM);
    await transcriber.settle('line', Infinity, 1000);
    const { lines } = await store.heard(sealer, 'line', EVER);
    expect(lines).toEqual([
      expect.objectContaining({ userId: '@alice:hs', startMs: 1000, endMs: 4000, text: 'hello', language: 'en' }),
      expect.objectContaining({ startMs: 5000, endMs: 5500 }),
    ]);
    expect(lines[0]?.words).toEqual([{ word: 'hello', startMs: 1000, endMs: 4000 }]);
    expect(lines[0]?.by).toEqual(BY);
    expect(asked).toEqual([undefined, 'en']);
    await transcriber.stop();
  });

  test('a short first utterance does not fix the language, nor does one without words', async () => {
    const answers = [said('oui', 'cy'), said('', 'nn'), said('bonjour à tous', 'fr'), said('encore', 'fr')];
    const { transcriber, asked, utterance } = setUp('language', () => answers.shift() ?? said(''));
    for (const [id, startMs, endMs] of [
      ['a', 0, 900],
      ['b', 1000, 5000],
      ['c', 6000, 9000],
      ['d', 9000, 9500],
    ] as const) {
      await transcriber.add(utterance(id, startMs, endMs), PCM);
      await transcriber.settle('language', Infinity, 1000);
    }
    expect(asked).toEqual([undefined, undefined, undefined, 'fr']);
    await transcriber.stop();
  });

  test('a long utterance in another language changes it, a short one does not', async () => {
    const answers = [said('bonjour à tous', 'fr'), said('hello everybody in the room', 'en'), said('yes', 'en')];
    const { transcriber, asked, utterance } = setUp('switch', () => answers.shift() ?? said(''));
    for (const [id, startMs, endMs] of [
      ['a', 0, 3000],
      ['b', 4000, 10_000],
      ['c', 11_000, 12_000],
    ] as const) {
      await transcriber.add(utterance(id, startMs, endMs), PCM);
      await transcriber.settle('switch', Infinity, 1000);
    }
    expect(asked).toEqual([undefined, undefined, 'en']);
    await transcriber.stop();
  });

  test('what the speaker set is told for a word or two', async () => {
    const { transcriber, asked, utterance } = setUp('set', () => said('hello everybody in the room', 'en'));
    for (const [id, startMs, endMs] of [
      ['a', 0, 1000],
      ['b', 4000, 7000],
    ] as const) {
      await transcriber.add(utterance(id, startMs, endMs), PCM, 'fr');
      await transcriber.settle('set', Infinity, 1000);
    }
    expect(asked).toEqual(['fr', undefined]);
    await transcriber.stop();
  });

  test('while the engine is away the sound is kept; it is heard when the engine is back', async () => {
    let away = true;
    const { store, transcriber, troubles, utterance } = setUp('back', (_language, pcm) =>
      away ? new SpeechUnavailable('away') : said(`heard ${pcm.join(',')}`),
    );
    await transcriber.add(utterance('a', 0, 3000), PCM);
    await transcriber.add(utterance('b', 4000, 6000), PCM);
    const settled = transcriber.settle('back', Infinity, 20_000);
    setTimeout(() => (away = false), 300);
    await settled;
    const { lines, missing } = await store.heard(sealer, 'back', EVER);
    expect(lines.map(({ text }) => text)).toEqual(['heard 1,-2,3', 'heard 1,-2,3']);
    expect(missing).toEqual([]);
    expect(troubles).toEqual(['speech engine unavailable']);
    await transcriber.stop();
  });

  test('engines that stay away are waited for with bound; what is given up then is missing, what came later is not', async () => {
    const { store, transcriber, utterance } = setUp('gone', () => new SpeechUnavailable('away'));
    await transcriber.add(utterance('a', 1000, 3000), PCM);
    await transcriber.add(utterance('later', 90_000, 91_000), PCM);
    expect(await transcriber.settle('gone', 60_000, 600)).toBe(false);
    expect(await store.sound(sealer, 'gone-a')).toEqual(PCM);
    await transcriber.giveUp('gone', 60_000);
    expect((await store.heard(sealer, 'gone', EVER)).missing).toEqual([{ startMs: 1000, endMs: 3000 }]);
    expect(await store.sound(sealer, 'gone-a')).toBeUndefined();
    expect(await store.pendingCount('gone', Infinity)).toBe(1);
    await transcriber.stop();
  });

  test('the room is told that nothing is heard, also when engines hang, and not while anything is', async () => {
    const hanging = Promise.withResolvers<SpokenText>();
    const { transcriber, utterance, away, wait } = setUp('hang', () => hanging.promise);
    await transcriber.add(utterance('a', 0, 3000), PCM);
    await transcriber.add(utterance('b', 4000, 6000), PCM);
    wait(20_000);
    // Many looks.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(away).toEqual([]);
    wait(20_000);
    for (let look = 0; look < 100 && away.length === 0; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(away).toEqual(['hang-a']);
    hanging.resolve(said('at last'));
    expect(await transcriber.settle('hang', Infinity, 5_000)).toBe(true);
    await transcriber.stop();
  }, 30_000);

  test('an utterance in a language that no working engine knows lets the others go first', async () => {
    let knowsFrench = false;
    const { store, transcriber, utterance, wait } = setUp('unsuited', (_language, pcm) =>
      pcm.length === 1 && !knowsFrench ? new SpeechUnsuited('fr') : said(pcm.length === 1 ? 'bonjour' : 'hello'),
    );
    await transcriber.add(utterance('fr', 0, 3000), Int16Array.of(1));
    await transcriber.add(utterance('en', 4000, 6000), PCM);
    expect(await transcriber.settle('unsuited', Infinity, Infinity, 500)).toBe(false);
    expect(await transcriber.settle('unsuited', Infinity, 1_000)).toBe(false);
    expect((await store.heard(sealer, 'unsuited', EVER)).lines.map(({ text }) => text)).toEqual(['hello']);
    knowsFrench = true;
    wait(5_000);
    expect(await transcriber.settle('unsuited', Infinity, 10_000)).toBe(true);
    expect((await store.heard(sealer, 'unsuited', EVER)).lines.map(({ text }) => text)).toEqual(['bonjour', 'hello']);
    await transcriber.stop();
  }, 30_000);

  test('sound that is refused while another engine is away is kept for that one, and asked about seldom', async () => {
    const times = { refused: 0 };
    let isBack = false;
    const { store, transcriber, utterance, wait } = setUp('kept', (_language, pcm) => {
      if (pcm.length !== 1 || isBack) return said(pcm.length === 1 ? 'at last' : 'hello');
      times.refused += 1;
      return new SpeechUnsuited('away', { cause: new SpeechRejected('no') });
    });
    await transcriber.add(utterance('bad', 0, 3000), Int16Array.of(1));
    await transcriber.add(utterance('good', 4000, 6000), PCM);
    for (let round = 1; round <= 3; round += 1) {
      expect(await transcriber.settle('kept', Infinity, 300)).toBe(false);
      while (times.refused < round) await transcriber.settle('kept', Infinity, 100);
      wait(10_000);
      expect(await transcriber.settle('kept', Infinity, 300)).toBe(false);
      expect(times.refused).toBe(round);
      wait(6_000);
    }
    expect((await store.heard(sealer, 'kept', EVER)).lines.map(({ text }) => text)).toEqual(['hello']);
    isBack = true;
    expect(await transcriber.settle('kept', Infinity, 10_000)).toBe(true);
    expect((await store.heard(sealer, 'kept', EVER)).lines.map(({ text }) => text)).toEqual(['at last', 'hello']);
    await transcriber.stop();
  }, 30_000);

  test('two voices on one microphone are two lines, each with its words and inside the utterance', async () => {
    const word = (text: string, startMs: number) => ({ word: text, startMs, endMs: startMs + 300 });
    const { store, transcriber, utterance } = setUp('voices', () => ({
      text: 'good morning and to you',
      language: 'en',
      words: [],
      turns: [
        { voice: 1, startMs: 0, endMs: 1_900, text: 'good morning', words: [word('good', 300), word('morning', 800)] },
        { voice: 2, startMs: 2_000, endMs: 9_000, text: 'and to you', words: [] },
      ],
    }));
    await transcriber.add(utterance('a', 10_000, 14_000), PCM);
    await transcriber.settle('voices', Infinity, 1_000);
    const { lines } = await store.heard(sealer, 'voices', EVER);
    expect(lines).toEqual([
      expect.objectContaining({ voice: '1', startMs: 10_000, endMs: 11_700, text: 'good morning' }),
      expect.objectContaining({ voice: '2', startMs: 11_800, endMs: 14_000, text: 'and to you', words: [] }),
    ]);
    expect(lines[0]?.words[0]?.startMs).toBe(10_100);
    await transcriber.stop();
  });

  test('lines of a former version are read', async () => {
    const { store, transcriber, utterance } = setUp('former', () => said('new'));
    await transcriber.add(utterance('a', 0, 3000), PCM);
    await transcriber.settle('former', Infinity, 1000);
    const line = JSON.stringify({ userId: '@a:hs', startMs: 0, endMs: 3000, text: 'as before', words: [] });
    await database
      .$extendTables<TranscriptionTables>()
      .updateTable('transcription_utterance')
      .set({ line: Buffer.from(sealer.seal(new TextEncoder().encode(line), 'line:former-a')) })
      .where('id', '=', 'former-a')
      .execute();
    expect((await store.heard(sealer, 'former', EVER)).lines.map(({ text }) => text)).toEqual(['as before']);
    await transcriber.stop();
  });

  test('an utterance that the engine refuses twice is missing, the others are not held up', async () => {
    const { store, transcriber, utterance } = setUp('refused', (_language, pcm) =>
      pcm.length === 1 ? new SpeechRejected('no') : said('fine'),
    );
    await transcriber.add(utterance('bad', 0, 1000), Int16Array.of(1));
    await transcriber.add(utterance('good', 2000, 3000), PCM);
    await transcriber.settle('refused', Infinity, 5000);
    const { lines, missing } = await store.heard(sealer, 'refused', EVER);
    expect(missing).toEqual([{ startMs: 0, endMs: 1000 }]);
    expect(lines).toHaveLength(1);
    await transcriber.stop();
  });

  test('a successor takes up what was left, and handing over twice changes nothing', async () => {
    const first = setUp('successor', () => new SpeechUnavailable('away'));
    await first.transcriber.add(first.utterance('a', 0, 3000), PCM);
    await first.transcriber.add(first.utterance('a', 0, 3000), PCM);
    await first.transcriber.stop();
    const second = setUp('successor', () => said('heard after all'));
    await second.transcriber.settle('successor', Infinity, 5000);
    expect((await second.store.heard(sealer, 'successor', EVER)).lines).toHaveLength(1);
    const rows = await database
      .$extendTables<TranscriptionTables>()
      .selectFrom('transcription_utterance')
      .selectAll()
      .execute();
    expect(rows.filter(({ state, audio }) => state !== 'pending' && audio !== null)).toEqual([]);
    expect(rows.some(({ line }) => line?.toString('latin1').includes('heard') === true)).toBe(false);
    await second.transcriber.stop();
  });

  test('after its end it begins no work, though it was just reading what there is', async () => {
    const store = createTranscriptionStore(database.$extendTables<TranscriptionTables>());
    const reading = Promise.withResolvers<undefined>();
    const read = Promise.withResolvers<undefined>();
    let worked = false;
    const transcriber = createTranscriber({
      store: {
        ...store,
        pending: async (...given) => {
          const found = await store.pending(...given);
          if (found.length > 0) reading.resolve(undefined);
          await read.promise;
          return found;
        },
        sound: (...given) => {
          worked = true;
          return store.sound(...given);
        },
      },
      speech: speechThat(() => said('twice')),
      concurrency: 1,
      now: () => Date.now(),
      onTrouble: () => undefined,
    });
    await store.add(sealer, { id: 'ended-a', runId: 'ended', userId: '@a:hs', startMs: 0, endMs: 1, leadMs: 0 }, PCM);
    transcriber.open('ended', sealer, () => undefined);
    await reading.promise;
    const stopped = transcriber.stop();
    read.resolve(undefined);
    await stopped;
    await new Promise((resolve) => setImmediate(resolve));
    expect(worked).toBe(false);
    expect(await store.pendingCount('ended', Infinity)).toBe(1);
  });

  test('what a successor has done is not undone by whoever was at it before', async () => {
    const { store, utterance, transcriber } = setUp('late', () => new SpeechUnavailable('away'));
    await transcriber.stop();
    await store.add(sealer, utterance('a', 0, 1000), PCM);
    await store.done(sealer, 'late-a', [{ userId: '@a:hs', startMs: 0, endMs: 1000, text: 'kept', words: [] }]);
    await store.missing('late-a');
    await store.done(sealer, 'late-a', []);
    const { lines, missing } = await store.heard(sealer, 'late', EVER);
    expect(lines.map(({ text }) => text)).toEqual(['kept']);
    expect(missing).toEqual([]);
  });

  test('damaged sound, a damaged line or an engine at odds with itself cost one utterance, not the transcript', async () => {
    const { store, transcriber, utterance } = setUp('damaged', (_language, pcm) =>
      pcm.length === 1 ? new TypeError('odd') : said('fine'),
    );
    const table = () => database.$extendTables<TranscriptionTables>().updateTable('transcription_utterance');
    await transcriber.add(utterance('line', 0, 1000), PCM);
    await transcriber.settle('damaged', Infinity, 5000);
    await table()
      .set({ line: Buffer.from('?') })
      .where('id', '=', 'damaged-line')
      .execute();
    await store.add(sealer, utterance('sound', 2000, 3000), PCM);
    await table()
      .set({ audio: Buffer.from('???') })
      .where('id', '=', 'damaged-sound')
      .execute();
    await transcriber.add(utterance('engine', 4000, 5000), Int16Array.of(1));
    await transcriber.add(utterance('good', 6000, 7000), PCM);
    await transcriber.settle('damaged', Infinity, 5000);
    const { lines, missing } = await store.heard(sealer, 'damaged', EVER);
    expect(lines.map(({ startMs }) => startMs)).toEqual([6000]);
    expect(missing.map(({ startMs }) => startMs)).toEqual([0, 2000, 4000]);
    await transcriber.stop();
  });

  test('a database that is away loses nothing', async () => {
    const { store, transcriber, utterance } = setUp('hiccup', () => said('fine'));
    const schema = database.schema;
    await store.add(sealer, utterance('a', 0, 1000), PCM);
    await schema.alterTable('transcription_utterance').renameTo('away').execute();
    await expect(transcriber.settle('hiccup', Infinity, 5000)).rejects.toThrow();
    await schema.alterTable('away').renameTo('transcription_utterance').execute();
    await transcriber.settle('hiccup', Infinity, 5000);
    expect((await store.heard(sealer, 'hiccup', EVER)).lines).toHaveLength(1);
    await transcriber.stop();
  });
});
