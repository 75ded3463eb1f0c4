import type { Person } from '../call/index.ts';

/** Somebody in the call, without picture or sound. */
export function person(name: string, change: Partial<Person> = {}): Person {
  return {
    id: `@${name}:x|D`,
    serviceUrl: undefined,
    identity: `@${name}:x:D`,
    userId: `@${name}:x`,
    deviceId: 'D',
    name,
    otherServer: undefined,
    self: false,
    joinedMs: 1000,
    media: 'here',
    operator: undefined,
    microphone: undefined,
    camera: undefined,
    screen: undefined,
    speaking: false,
    quality: 'good',
    undecryptable: false,
    trust: 'unknown',
    ...change,
  };
}
