import { CALL_SLOT } from '@palabre/protocol';
import { doorRequests, openIdQuestions, setBorders } from '../fixtures/borders.ts';
import type { Actor } from '../fixtures/cast.ts';
import { expect, test } from '../fixtures/test.ts';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import { doorAddress, doorBody, knock } from '../matrix/doors.ts';
import type { Answer } from '../matrix/doors.ts';
import { createSfuView } from '../matrix/sfu.ts';
import { expectMovingVideo, expectTone } from '../media/looking.ts';
import type { CallPage } from '../pages/call.ts';
import type { StackControl } from '../stack/control-client.ts';

/** Asks somebody's own homeserver for a token of an SFU. */
async function askOwnHomeserver(
  home: StackControl,
  person: Actor,
  roomId: string,
  wish: { readonly url: string; readonly server_name?: string },
): Promise<Answer> {
  const body = { ...(await doorBody(home.facts, person.matrix, roomId, 'homeserver')), ...wish };
  const headers = { authorization: `Bearer ${person.matrix.account.accessToken}` };
  return knock(doorAddress(home.facts, 'homeserver'), body, headers);
}

const sfuOf = ({ facts }: StackControl) => `${facts.urls.api.replace(/^http/, 'ws')}/livekit/sfu`;

/** Who a LiveKit token speaks for. */
function identityIn(jwt: string | undefined): unknown {
  const payload = Buffer.from(jwt?.split('.')[1] ?? '', 'base64url').toString();
  return (JSON.parse(payload) as { sub?: unknown }).sub;
}

async function expectBothMeet(one: { who: Actor; call: CallPage }, other: { who: Actor; call: CallPage }) {
  await expectMovingVideo(one.call.video(other.who.userId), other.who.media.colour);
  await expectMovingVideo(other.call.video(one.who.userId), one.who.media.colour);
  await expectTone(one.call.frame, other.who.media.toneHz);
  await expectTone(other.call.frame, one.who.media.toneHz);
}

test("through both homeservers into a partner's SFU: no OpenID token is handed over @federation", async ({
  cast,
  federation,
}) => {
  const { ministry, agency, borders } = federation;
  await setBorders(cast, federation, 'open');
  const alice = await cast.actor('alice', { home: ministry });
  const bob = await cast.actor('bob', { home: agency });
  const room = await makeRoom(ministry, alice, [bob]);
  const [aliceCall, bobCall] = await meet(room, alice, bob);
  await expectBothMeet({ who: alice, call: aliceCall }, { who: bob, call: bobCall });
  for (const border of [borders.ministry, borders.agency]) {
    const traffic = await border.traffic();
    expect(doorRequests(traffic)).toBe(1);
    expect(openIdQuestions(traffic)).toBe(0);
  }

  await test.step('asking again gives the same seat, and nobody sits there twice', async () => {
    const seats = () => createSfuView(agency.facts).participants(room.roomId);
    const before = await seats();
    expect(before).toHaveLength(2);
    const wish = { url: sfuOf(agency), server_name: agency.facts.serverName };
    const [first, second] = await Promise.all([1, 2].map(() => askOwnHomeserver(ministry, alice, room.roomId, wish)));
    expect([first?.status, second?.status]).toEqual([200, 200]);
    expect(identityIn(first?.jwt)).toBe(identityIn(second?.jwt));
    expect([...(await seats())].sort()).toEqual([...before].sort());
  });

  await test.step('whoever is kicked gets nothing by this door either', async () => {
    await alice.matrix.kick(room.roomId, bob.userId);
    const wish = { url: sfuOf(ministry), server_name: ministry.facts.serverName };
    await expect.poll(async () => (await askOwnHomeserver(agency, bob, room.roomId, wish)).errcode).toBe('M_FORBIDDEN');
    await expect.poll(() => createSfuView(ministry.facts).participants(room.roomId)).toHaveLength(1);
  });
});

for (const rule of ['door-absent', 'door-fails', 'door-hangs'] as const) {
  const tags = rule === 'door-hangs' ? '@federation' : '@federation @variant';

  test(`a partner's door that is closed (${rule}) is no obstacle ${tags}`, async ({ cast, federation }) => {
    const { ministry, agency, borders } = federation;
    await setBorders(cast, federation, rule);
    const alice = await cast.actor('alice', { home: ministry });
    const bob = await cast.actor('bob', { home: agency });
    const room = await makeRoom(ministry, alice, [bob]);
    const [aliceCall, bobCall] = await meet(room, alice, bob);
    await expectBothMeet({ who: alice, call: aliceCall }, { who: bob, call: bobCall });
    for (const border of [borders.ministry, borders.agency]) {
      const traffic = await border.traffic();
      expect(openIdQuestions(traffic)).toBeGreaterThanOrEqual(1);
      // Synapse asks up to four times; nobody asks it to ask again.
      expect(doorRequests(traffic)).toBeGreaterThanOrEqual(1);
      expect(doorRequests(traffic)).toBeLessThanOrEqual(4);
    }

    await test.step('the next one does not wait for it', async () => {
      const startedMs = Date.now();
      const wish = { url: sfuOf(agency), server_name: agency.facts.serverName };
      // The first request has a time limit of its own; from then on the partner is left alone.
      await expect
        .poll(async () => (await askOwnHomeserver(ministry, alice, room.roomId, wish)).errcode, { timeout: 15_000 })
        .toBe('M_CONNECTION_FAILED');
      expect(Date.now() - startedMs).toBeLessThan(12_000);
      const againMs = Date.now();
      expect(await askOwnHomeserver(ministry, alice, room.roomId, wish)).toMatchObject({ status: 502 });
      expect(Date.now() - againMs).toBeLessThan(2_000);
    });
  });
}

test('the door leads to no server of a stranger’s choosing @federation @hostile', async ({ cast, federation }) => {
  const { ministry, agency, town, borders } = federation;
  await setBorders(cast, federation, 'open');
  const alice = await cast.actor('alice', { home: ministry });
  const mallory = await cast.actor('dave', { home: ministry });
  const bob = await cast.person('bob', agency);
  const room = await makeRoom(ministry, alice, [bob]);
  for (const name of ['ministry', 'agency', 'town'] as const) await borders[name].rule('open');

  const elsewhere = [
    { url: 'wss://sfu.evil.example', server_name: 'evil.example' },
    { url: 'http://169.254.169.254/latest', server_name: '169.254.169.254' },
    { url: sfuOf(agency), server_name: town.facts.serverName },
    { url: sfuOf(agency), server_name: ministry.facts.serverName },
    { url: sfuOf(agency), server_name: `${agency.facts.serverName}/../x` },
    { url: `${sfuOf(agency)}/../other`, server_name: agency.facts.serverName },
    { url: sfuOf(ministry), server_name: town.facts.serverName },
  ];
  for (const wish of elsewhere) {
    const answer = await askOwnHomeserver(ministry, alice, room.roomId, wish);
    expect(answer, JSON.stringify(wish)).toMatchObject({ status: 400, errcode: 'M_INVALID_PARAM' });
  }
  const outsider = { url: sfuOf(agency), server_name: agency.facts.serverName };
  expect(await askOwnHomeserver(ministry, mallory, room.roomId, outsider)).toMatchObject({ errcode: 'M_FORBIDDEN' });
  for (const name of ['ministry', 'agency', 'town'] as const) {
    expect(doorRequests(await borders[name].traffic()), name).toBe(0);
  }

  await test.step("a homeserver asks for its own people only, and for the room's members only", async () => {
    const ask = async (userId: string, url = sfuOf(agency)): Promise<unknown> => {
      const response = await fetch(
        `${ministry.facts.internal.synapse}/_matrix/client/unstable/io.element.msc4512/appservice/fed_proxy`,
        {
          method: 'POST',
          headers: { authorization: `Bearer ${ministry.facts.secrets.asToken}`, 'content-type': 'application/json' },
          body: JSON.stringify({
            destination: agency.facts.serverName,
            method: 'POST',
            path: '/_matrix/federation/unstable/io.element.msc4195/rtc/livekit/get_token',
            body: { user_id: userId, url, room_id: room.roomId, slot_id: CALL_SLOT, member_id: 'm' },
          }),
          signal: AbortSignal.timeout(20_000),
        },
      );
      return response.json();
    };
    expect(await ask(alice.userId)).toMatchObject({ status: 200 });
    expect(await ask(bob.userId)).toMatchObject({ status: 403, content: { errcode: 'M_FORBIDDEN' } });
    expect(await ask(mallory.userId)).toMatchObject({ status: 403, content: { errcode: 'M_FORBIDDEN' } });
    expect(await ask(alice.userId, 'wss://evil.example')).toMatchObject({
      status: 400,
      content: { errcode: 'M_INVALID_PARAM' },
    });
  });
});
