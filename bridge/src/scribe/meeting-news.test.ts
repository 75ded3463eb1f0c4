import { afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { RESULT_BLOCK, resultBlockSchema } from '@palabre/protocol';
import { emptyDatabase } from '../storage/test-database.ts';
import { createFakeWorld, type FakeWorld } from './fake-world.ts';

// Milliseconds on a machine that is free; the machine may not be.
jest.setTimeout(60_000);

let world: FakeWorld;
let database: string;
beforeAll(async () => {
  database = await emptyDatabase();
});
beforeEach(async () => {
  world = await createFakeWorld(database);
});
afterEach(() => world.close());

/** How the meeting's message reads now. */
const message = () =>
  world.home.matrix.sent.flatMap(({ content }) => {
    const { [RESULT_BLOCK]: own, 'm.new_content': edit } = content as Record<string, unknown>;
    const block = resultBlockSchema.safeParse(
      (edit as Record<string, unknown> | undefined)?.[RESULT_BLOCK] ?? own,
    ).data;
    if (block?.kind !== 'meeting') return [];
    const { state, recording, preparing = [] } = block;
    return [`${state} ${recording?.phase ?? 'off'} ${preparing.map(({ what }) => what).join()}`.trimEnd()];
  });
const reads = (text: string, why: string) => world.until(() => message().at(-1) === text, `${why}: ${text}`);
const record = async (): Promise<void> => {
  await world.command('start', 'recording').catch(() => world.command('start', 'recording'));
  await world.recordingOn();
  await world.child()?.parent.chunk('picture', Buffer.from('a film'));
};
/** The first run waits to post what it recorded, and the room need not wait for it. */
const late = async (): Promise<void> => {
  await record();
  world.home.refuseUploads = 500;
  await world.command('stop', 'recording');
  await reads('running off recording', 'the first film is on its way');
  world.aheadMs = 60_000;
  await world.until(() => world.notices().includes('results_delayed'), 'it is late');
};
const films = () => world.blocks().filter(({ kind }) => kind === 'recording').length;

test('a late film of a meeting that is recorded again leaves its message saying so', async () => {
  await late();
  await record();
  await reads('running on recording', 'recorded, and the first film on its way');
  world.home.refuseUploads = undefined;
  await world.until(() => films() === 1, 'the first film');
  await reads('running on', 'still recorded');
  await world.command('stop', 'recording');
  await world.until(() => films() === 2, 'the second film');
  await world.scribeLeft();
  expect(message().at(-1)).toBe('ended off');
});

test('a run that ends while another of its meeting waits leaves only the other one awaited', async () => {
  await late();
  // Nothing is captured, so that nothing is to be uploaded.
  await world.command('start', 'recording');
  await world.recordingOn();
  await world.command('stop', 'recording');
  await world.until(() => message().includes('running off recording,recording'), 'both were on their way');
  await reads('running off recording', 'only the first film is');
  world.home.refuseUploads = undefined;
  await world.until(() => films() === 1, 'the first film');
  await world.scribeLeft();
  expect(message().at(-1)).toBe('ended off');
});
