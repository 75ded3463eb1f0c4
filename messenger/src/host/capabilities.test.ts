import { describe, expect, test } from '@jest/globals';
import { callCapabilities, readsState } from './capabilities.ts';

const granted = callCapabilities('!room', '@alice:home.example', 'DEV', '@palabre-scribe:home.example');

describe('capabilities of a call widget', () => {
  test('its own memberships, an invitation of the scribe, and no other state of the room', () => {
    const sends = [...granted].filter((capability) => capability.startsWith('org.matrix.msc2762.send.state_event:'));
    expect(sends.sort()).toEqual([
      'org.matrix.msc2762.send.state_event:m.room.member#@palabre-scribe:home.example',
      'org.matrix.msc2762.send.state_event:org.matrix.msc3401.call.member#@alice:home.example',
      'org.matrix.msc2762.send.state_event:org.matrix.msc3401.call.member#@alice:home.example_DEV_m.call',
      'org.matrix.msc2762.send.state_event:org.matrix.msc3401.call.member#_@alice:home.example_DEV_m.call',
    ]);
  });

  test('the timeline of its room only', () => {
    const timelines = [...granted].filter((capability) => capability.startsWith('org.matrix.msc2762.timeline:'));
    expect(timelines).toEqual(['org.matrix.msc2762.timeline:!room']);
  });

  test('of messages, notices at most in the name of the person', () => {
    expect([...granted].filter((capability) => capability.includes('m.room.message'))).toEqual([
      'org.matrix.msc2762.receive.event:m.room.message',
      'org.matrix.msc2762.send.event:m.room.message#m.notice',
    ]);
  });

  test('knows whether the host will push state', () => {
    expect(readsState(granted)).toBe(true);
    expect(readsState(['m.always_on_screen'])).toBe(false);
  });
});
