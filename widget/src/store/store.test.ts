import { describe, expect, test } from '@jest/globals';
import { NO_MINUTES, QUIET_CONSENT, type MeetingState, type Person } from '../call/index.ts';
import { person } from '../testing/person.ts';
import { RIGHTS } from '../testing/rights.ts';
import { announceConsent, announceMeeting, announceOperators, announcePeople } from './announcements.ts';
import {
  selectOperators,
  createObserver,
  createStore,
  selectMayCommand,
  selectMainTile,
  selectOtherServers,
  selectPeople,
  selectScribe,
  selectStartedMs,
  selectTiles,
} from './index.ts';
import { mergePeople, speakerOf } from './slices.ts';

const screen = { key: 's', muted: false };

describe('people in the store', () => {
  test('what did not change keeps its identity', () => {
    const before = [person('a'), person('b')];
    expect(mergePeople(before, [person('a'), person('b')])).toBe(before);
    const after = mergePeople(before, [person('a'), person('b', { speaking: true })]);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    expect(mergePeople(before, [person('a')])).toHaveLength(1);
    // Through whose servers they come is drawn, too.
    const through = person('b', { operator: 'y', serviceUrl: 'https://sfu.y' });
    expect(mergePeople(before, [person('a'), through])[1]).toBe(through);
  });

  test('tiles: shared screens first, our own not', () => {
    const store = createStore({
      people: {
        list: [person('me', { self: true, screen }), person('a'), person('b', { screen })],
        speakerId: undefined,
      },
    });
    expect(selectTiles(store.getState()).map((tile) => tile.id)).toEqual([
      '@b:x|D screen',
      '@me:x|D camera',
      '@a:x|D camera',
      '@b:x|D camera',
    ]);
  });

  test('the scribe is known by its user id, is nobody of the people and has no tile', () => {
    const { meeting } = createStore().getState();
    const list = [person('me', { self: true }), person('s', { name: 'Bob' }), person('b', { name: 'Palabre scribe' })];
    const rights = { scribe_user_id: '@s:x' } as NonNullable<MeetingState['rights']>;
    const told = createStore({ people: { list, speakerId: undefined }, meeting: { ...meeting, rights } }).getState();
    expect(selectPeople(told).map(({ userId }) => userId)).toEqual(['@me:x', '@b:x']);
    expect(selectTiles(told).map(({ personId }) => personId)).toEqual(['@me:x|D', '@b:x|D']);
    expect(selectScribe(told)?.userId).toBe('@s:x');
    const untold = createStore({ people: { list, speakerId: undefined } }).getState();
    expect([selectPeople(untold).length, selectScribe(untold)]).toEqual([3, undefined]);
  });

  test('what else is in the call under the name of the scribe is shown like anybody', () => {
    const { meeting } = createStore().getState();
    const rights = { scribe_user_id: '@s:x' } as NonNullable<MeetingState['rights']>;
    const seen = (...list: Person[]) => {
      const state = createStore({ people: { list, speakerId: undefined }, meeting: { ...meeting, rights } }).getState();
      const tiles = selectTiles(state).map(({ personId }) => personId);
      return { scribe: selectScribe(state)?.id, people: selectPeople(state).map(({ id }) => id), tiles };
    };
    const [first, second] = [person('s', { id: 'first' }), person('s', { id: 'second' })];
    const others = (scribe: string | undefined, ...ids: string[]) => ({ scribe, people: ids, tiles: ids });
    expect(seen(first, second)).toEqual(others('first', 'second'));
    expect(seen({ ...first, trust: 'unsigned' }, { ...second, trust: 'signed' })).toEqual(others('second', 'first'));
    expect(seen({ ...first, trust: 'unsigned' })).toEqual(others(undefined, 'first'));
  });

  test('a small call shows who speaks, until somebody else does', () => {
    const [me, a, b] = [person('me', { self: true, speaking: true }), person('a'), person('b')];
    const talks = (who: typeof a) => ({ ...who, speaking: true });
    expect(speakerOf([me, a, b], undefined)).toBeUndefined();
    expect(speakerOf([me, a, talks(b)], undefined)).toBe(b.id);
    expect(speakerOf([me, talks(a), talks(b)], b.id)).toBe(b.id);
    expect(speakerOf([me, a, b], b.id)).toBe(b.id);
    expect(speakerOf([me, talks(a), b], b.id)).toBe(a.id);
    expect(speakerOf([me, a], b.id)).toBeUndefined();
    const shown = (list: Person[], speakerId?: string) =>
      selectMainTile(createStore({ people: { list, speakerId } }).getState()).map(({ id }) => id);
    expect(shown([me, { ...a, screen }, b], b.id)).toEqual(['@b:x|D camera']);
    expect([shown([me, a, b]), shown([me])]).toEqual([['@a:x|D camera'], ['@me:x|D camera']]);
  });

  test('the call began with its first membership; partners are named once', () => {
    const store = createStore({
      people: {
        speakerId: undefined,
        list: [
          person('a', { joinedMs: 5 }),
          person('b', { otherServer: 'p', joinedMs: 9 }),
          person('c', { otherServer: 'p' }),
        ],
      },
    });
    expect(selectStartedMs(store.getState())).toBe(5);
    expect(selectOtherServers(store.getState())).toEqual(['p']);
    expect(selectStartedMs(createStore().getState())).toBeUndefined();
  });
});

describe('whose servers media passes through', () => {
  const list = [person('a'), person('b', { operator: 'q' }), person('c', { operator: 'p' })];
  const people = { speakerId: undefined, list };

  test('is named where it is not encrypted', () => {
    const { call } = createStore().getState();
    expect(selectOperators(createStore({ people }).getState())).toEqual(['p', 'q']);
    expect(selectOperators(createStore({ people, call: { ...call, encrypted: true } }).getState())).toEqual([]);
    expect(selectOperators(createStore({ people: { ...people, list: [person('a')] } }).getState())).toEqual([]);
  });

  test('is said aloud when it begins', () => {
    const [a, b, c] = [person('a'), person('b', { operator: 'q' }), person('c', { operator: 'p' })] as const;
    expect(announceOperators([], [a, b])).toEqual([{ key: 'through', name: 'q' }]);
    expect(announceOperators([a, b], [a, b, c])).toEqual([{ key: 'through', name: 'p' }]);
    expect(announceOperators([a, b, c], [a, b])).toEqual([]);
  });
});

describe('what is said aloud', () => {
  test('arrivals, departures, shared screens; not ourselves, not the first list', () => {
    const me = person('me', { self: true });
    expect(announcePeople([], [me, person('a')])).toEqual([]);
    expect(announcePeople([me], [me, person('a')])).toEqual([{ key: 'joined', name: 'a' }]);
    expect(announcePeople([me, person('a')], [me])).toEqual([{ key: 'left', name: 'a' }]);
    expect(announcePeople([me, person('a')], [me, person('a', { screen })])).toEqual([{ key: 'sharing', name: 'a' }]);
    expect(announcePeople([me], [me, ...['a', 'b', 'c', 'd', 'e'].map((name) => person(name))])).toHaveLength(3);
  });

  const meeting = (recording: MeetingState['recording']['phase']): MeetingState => ({
    recording: { phase: recording },
    transcription: { phase: 'off' },
    captions: { phase: 'off' },
    rights: undefined,
    direct: false,
    replaced: false,
    way: 'none',
    lobby: { count: 0, people: [], deciding: [], failure: undefined },
    minutes: NO_MINUTES,
    pending: { recording: undefined, transcription: undefined, captions: undefined },
    failures: { recording: undefined, transcription: undefined, captions: undefined },
  });

  test('recording going on and off', () => {
    expect(announceMeeting(meeting('off'), meeting('starting'))).toEqual([]);
    expect(announceMeeting(meeting('starting'), meeting('on'))).toEqual([{ key: 'recordingOn' }]);
    expect(announceMeeting(meeting('on'), meeting('stopping'))).toEqual([{ key: 'recordingOff' }]);
    expect(announceMeeting(meeting('stopping'), meeting('off'))).toEqual([]);
    expect(announceMeeting(meeting('on'), meeting('paused'))).toEqual([{ key: 'recordingPaused' }]);
    expect(announceMeeting(meeting('paused'), meeting('starting'))).toEqual([]);
    expect(announceMeeting(meeting('paused'), meeting('off'))).toEqual([{ key: 'recordingOff' }]);
  });

  test('what comes back by itself was interrupted; ended is only what has ended', () => {
    const both = (phase: 'on' | 'starting' | 'failed' | 'off'): MeetingState => ({
      ...meeting(phase),
      transcription: { phase },
    });
    const told = (from: MeetingState, to: MeetingState) => announceMeeting(from, to).map(({ key }) => key);
    expect(told(both('on'), both('starting'))).toEqual(['recordingInterrupted', 'transcriptionInterrupted']);
    expect(told(both('starting'), both('on'))).toEqual(['recordingOn', 'transcriptionOn']);
    expect(told(both('starting'), both('off'))).toEqual(['recordingOff', 'transcriptionOff']);
    expect(told(both('on'), both('failed'))).toEqual(['recordingFailed', 'transcriptionFailed']);
    expect(told(both('failed'), both('off'))).toEqual([]);
  });

  test('another organisation’s scribe at work, and the question', () => {
    const elsewhere = { recording: { phase: 'on' }, transcription: { phase: 'off' } } as const;
    const asked = { ...QUIET_CONSENT, elsewhere, level: 'ask', working: ['recording'] } as const;
    expect(announceConsent(QUIET_CONSENT, asked)).toEqual([{ key: 'recordingOn' }, { key: 'consentAsked' }]);
    expect(announceConsent(asked, asked)).toEqual([]);
    expect(announceConsent(asked, QUIET_CONSENT)).toEqual([{ key: 'recordingOff' }]);
  });

  test('who waits to be let in, once each', () => {
    const waits = (...names: string[]): MeetingState => ({
      ...meeting('off'),
      lobby: {
        count: names.length,
        people: names.map((name) => ({ userId: `@${name}:y`, name, sinceMs: 1 })),
        deciding: [],
        failure: undefined,
      },
    });
    expect(announceMeeting(waits(), waits('a'))).toEqual([{ key: 'waits', name: 'a' }]);
    expect(announceMeeting(waits('a'), waits('a', 'b'))).toEqual([{ key: 'waits', name: 'b' }]);
    expect(announceMeeting(waits('a', 'b'), waits())).toEqual([]);
  });

  test('through the adapter, once each', () => {
    const store = createStore();
    const observer = createObserver(store);
    const call = store.getState().call;
    observer.onState({ ...call, phase: 'joined', connection: 'connected' });
    observer.onPeople([person('me', { self: true })]);
    observer.onPeople([person('me', { self: true }), person('a')]);
    observer.onMeeting(meeting('on'));
    expect(store.getState().screen.announcements.map((item) => item.key)).toEqual([
      'youJoined',
      'joined',
      'recordingOn',
    ]);
  });

  test('commands are offered to those who may', () => {
    const rights = { ...RIGHTS, power: 50, may_transcribe: false, may_redact: false };
    const may = (way: MeetingState['way'], given: MeetingState['rights']) =>
      selectMayCommand(createStore({ meeting: { ...meeting('off'), way, rights: given, captured: false } }).getState());
    expect(may('api', rights)).toEqual({ record: true, recordingOptions: true, transcribe: false, caption: true });
    expect(may('api', { ...rights, may_caption: false })).toMatchObject({ caption: false });
    expect(may('api', { ...rights, may_caption: false, watcher_joined: false })).toMatchObject({ caption: true });
    expect(may('api', undefined)).toEqual({
      record: false,
      recordingOptions: false,
      transcribe: false,
      caption: false,
    });
    expect(may('room', undefined)).toEqual({ record: true, recordingOptions: false, transcribe: true, caption: true });
    expect(may('none', rights)).toEqual({ record: false, recordingOptions: false, transcribe: false, caption: false });
  });
});
