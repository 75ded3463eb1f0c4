import { expect, test } from '@jest/globals';
import { followChimes } from './chime.ts';
import { createStore } from './store/index.ts';
import { callSlice, consentSlice } from './store/slices.ts';

test('a sound where something begins to be kept and where it ends, and none of one’s own coming and going', () => {
  const store = createStore();
  const { call, consent } = store.getState();
  const heard: string[] = [];
  followChimes(store, ([first = 0, second = 0]) => {
    heard.push(first < second ? 'begins' : 'ends');
    return Promise.resolve();
  });
  const phase = (to: typeof call.phase): unknown =>
    store.dispatch(callSlice.actions.callChanged({ ...call, phase: to }));
  const keep = (level: typeof consent.level, ...working: typeof consent.working): unknown =>
    store.dispatch(consentSlice.actions.consentChanged({ ...consent, level, working }));
  keep('announce', 'recording');
  expect(heard).toEqual([]);
  keep('announce');
  phase('joined');
  keep('announce', 'recording');
  keep('announce', 'recording', 'transcription');
  keep('announce', 'transcription');
  expect(heard).toEqual(['begins', 'begins', 'ends']);
  phase('ended');
  keep('off');
  phase('joined');
  keep('off', 'recording');
  expect(heard).toHaveLength(3);
});
