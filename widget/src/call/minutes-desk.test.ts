import { expect, test } from '@jest/globals';
import { minutesBlockSchema, type MinutesCommand, type MinutesList } from '@palabre/protocol';
import { ApiError } from './api.ts';
import { createMinutesDesk } from './minutes-desk.ts';

const draft: MinutesList['drafts'][number] = {
  id: 'd',
  revision: 2,
  meeting_started_ms: 1,
  until_ms: 2,
  minutes: minutesBlockSchema.parse({
    kind: 'minutes',
    meeting_id: 'm',
    duration_ms: 1,
    participants: [],
    method: 'extractive',
    extract: [],
  }),
};
const edit = { purpose: '', decisions: [], actions: [], questions: [], extract: [] };
const approve: MinutesCommand = { action: 'approve', id: 'd', revision: 2, edit };

function open() {
  const bridge = {
    list: (): Promise<MinutesList> => Promise.resolve({ mode: 'draft', drafts: [draft] }),
    decide: (): Promise<void> => Promise.resolve(),
  };
  const asked: string[] = [];
  const desk = createMinutesDesk(
    {
      minutes: () => {
        asked.push('list');
        return bridge.list();
      },
      decideMinutes: ({ action }) => {
        asked.push(action);
        return bridge.decide();
      },
    },
    (work) => {
      asked.push('with scribe');
      return work();
    },
    () => undefined,
  );
  return { bridge, asked, desk };
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

test('moderators ask for drafts once, and again when something changed', async () => {
  const { asked, desk } = open();
  desk.follow(undefined, false);
  expect(asked).toEqual([]);
  desk.follow(undefined, true);
  desk.follow(undefined, true);
  await settled();
  expect(asked).toEqual(['list']);
  expect(desk.state()).toMatchObject({ able: true, mode: 'draft', drafts: [draft] });
  desk.follow({ count: 0, changed_ms: 7 }, true);
  await settled();
  expect(asked).toEqual(['list', 'list']);
  desk.follow({ count: 0, changed_ms: 7 }, false);
  expect(desk.state()).toMatchObject({ able: false, drafts: [] });
});

test('who may not see them is offered nothing; no answer is asked again', async () => {
  const { bridge, asked, desk } = open();
  bridge.list = () => Promise.reject(new ApiError('NETWORK'));
  desk.follow(undefined, true);
  await settled();
  desk.follow(undefined, true);
  await settled();
  expect(asked).toHaveLength(2);
  bridge.list = () => Promise.reject(new ApiError('M_FORBIDDEN'));
  await desk.open();
  expect(desk.state().able).toBe(false);
});

test('approving brings the scribe in, and shows what is left', async () => {
  const { bridge, asked, desk } = open();
  bridge.list = () => Promise.resolve({ mode: 'draft', drafts: [] });
  const both = await Promise.all([desk.obey(approve), desk.obey(approve)]);
  expect(both).toEqual([true, false]);
  expect(asked).toEqual(['with scribe', 'approve', 'list']);
  expect(desk.state()).toMatchObject({ busy: false, done: 'approve', failure: undefined, drafts: [] });
});

test('the switch moves at once, and back when it is refused', async () => {
  const { bridge, desk } = open();
  await desk.open();
  bridge.decide = () => Promise.reject(new ApiError('M_FORBIDDEN'));
  const moved = desk.obey({ action: 'mode', mode: 'post' });
  expect(desk.state().mode).toBe('post');
  await moved;
  expect(desk.state()).toMatchObject({ mode: 'draft', failure: 'M_FORBIDDEN' });
});

test('a refusal is said, and nothing is lost', async () => {
  const { bridge, desk } = open();
  await desk.open();
  bridge.decide = () => Promise.reject(new ApiError('PALABRE_WRONG_STATE'));
  expect(await desk.obey({ action: 'discard', id: 'd', revision: 1 })).toBe(false);
  expect(desk.state()).toMatchObject({ busy: false, failure: 'PALABRE_WRONG_STATE', drafts: [draft] });
});
