import type { Track } from 'livekit-client';
import type { TransportPolicy } from '@palabre/protocol';
import type { Host } from '../host/index.ts';
import type { Device, DeviceTrust } from './device-trust.ts';
import type { LocalMedia } from './local-media.ts';
import type { Membership, RtcMember } from './membership.ts';
import { joinPeople, type Person } from './people.ts';
import type { Sfus } from './sfus.ts';
import type { Sound } from './sound.ts';
import { OWN_CAMERA } from './state.ts';
import type { Seat } from './seat.ts';
import type { TrackRegistry } from './views.ts';

/** What the roster reads; all of it may change at any time. */
export interface RosterSources {
  readonly host: Host;
  readonly membership: Membership;
  readonly local: LocalMedia;
  readonly sound: Sound;
  readonly trust: DeviceTrust;
  /** Our connections and where they lead; absent before joining and after leaving. */
  readonly going: () => Going | undefined;
  /** Before joining: whose SFUs this call uses, as soon as that is known. */
  readonly ahead: () => TransportPolicy | undefined;
}
export interface Going {
  readonly sfus: Sfus;
  readonly policy: TransportPolicy;
  /** Token service of the SFU we publish on. */
  readonly serviceUrl: string;
  readonly joinedMs: number;
  readonly seat: Seat;
}

/** Who is in the call, put together from the room, the SFUs and our own devices whenever one of them changes. */
export interface Roster {
  readonly people: () => readonly Person[];
  /** Something changed: looks again once, after everything that happens at this moment. */
  readonly refresh: () => void;
  /** Nobody is here any more, or heard. */
  clear(): void;
  /** The track behind a key, for a picture on the screen. */
  track(key: string): Track | undefined;
}

export function createRoster(sources: RosterSources, onPeople: (people: readonly Person[]) => void): Roster {
  const { host, membership, local, sound, trust, going, ahead } = sources;
  const { parameters, room } = host;
  const self = { userId: parameters.userId, deviceId: parameters.deviceId };
  const registry: TrackRegistry = new Map();
  let people: readonly Person[] = [];
  let scheduled = false;

  /** Ourselves among the members from the first moment, before the room has echoed our event. */
  const membersWithSelf = (): readonly RtcMember[] => {
    const members = membership.members();
    const now = going();
    if (now === undefined || membership.own() !== undefined) return members;
    const { serviceUrl, joinedMs, seat } = now;
    // What an earlier page of this device left behind is not us, and nobody else.
    const others = members.filter(({ userId, deviceId }) => userId !== self.userId || deviceId !== self.deviceId);
    return [...others, { ...self, identity: seat.identity, serviceUrl, joinedMs, eventId: undefined }];
  };

  /** Our own tile follows the devices, not what has reached the SFU of them. */
  const withDevices = (person: Person): Person => {
    if (!person.self) return person;
    const { microphone, camera } = local.state();
    const own = { key: OWN_CAMERA, muted: camera.phase !== 'on' || !camera.wanted };
    return {
      ...person,
      microphone: { key: 'own microphone', muted: microphone.phase !== 'on' || !microphone.wanted },
      camera: local.camera() === undefined ? undefined : own,
    };
  };

  const look = (): void => {
    scheduled = false;
    registry.clear();
    const now = going();
    const members = membersWithSelf();
    const asked = {
      members,
      policy: now?.policy ?? ahead() ?? { own: [] },
      self,
      isJoined: (userId: string) => room.isJoined(userId) || userId === self.userId,
      nameOf: (userId: string) => room.member(userId)?.name ?? userId,
      trustOf: (device: Device) => trust.of(device),
    };
    if (now !== undefined) trust.follow(members.filter(({ userId }) => asked.isJoined(userId)));
    if (now === undefined) people = joinPeople({ ...asked, participants: [] });
    else {
      // Whoever is kicked takes the connection to their SFU along at once, before their membership in the call has ended.
      const joined = members.filter(({ userId }) => asked.isJoined(userId));
      now.sfus.follow(joined, now.policy);
      const gathering = now.sfus.gather(asked, registry);
      sound.play(gathering.heard);
      people = gathering.people.map(withDevices);
    }
    onPeople(people);
  };

  return {
    people: () => people,
    refresh() {
      if (scheduled) return;
      scheduled = true;
      queueMicrotask(() => {
        if (scheduled) look();
      });
    },
    clear() {
      scheduled = false;
      sound.play(new Map());
      onPeople((people = []));
    },
    // Our own camera is there as soon as the devices say so.
    track: (key) => (key === OWN_CAMERA ? local.camera() : registry.get(key)),
  };
}
