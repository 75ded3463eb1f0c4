import type { Locator } from '@playwright/test';
import { LOBBY_REACTIONS, RESULT_BLOCK } from '@palabre/protocol';
import { expect, test } from '../fixtures/test.ts';
import type { Actor, Person } from '../fixtures/cast.ts';
import { makeRoom, meet } from '../fixtures/meeting.ts';
import type { MeetingRoom } from '../fixtures/meeting.ts';
import { usePolicy, withClass } from '../fixtures/policy.ts';
import { askDoor } from '../matrix/doors.ts';
import { createPlainReader } from '../matrix/reader.ts';
import { createSfuView } from '../matrix/sfu.ts';
import { expectMovingVideo, expectNoTone, expectTone } from '../media/looking.ts';
import { createCallPage } from '../pages/call.ts';
import type { CallPage } from '../pages/call.ts';

const LOBBY = withClass('own', { lobby: true });

/** Opens the room's call and asks to be let in. */
async function ask(person: Actor, room: MeetingRoom): Promise<CallPage> {
  await person.messenger.openRoom(room.name);
  await person.page.getByTestId('call-join').click({ timeout: 20_000 });
  const call = await createCallPage(person.page);
  await call.frame.getByRole('button', { name: 'Ask to join' }).click({ timeout: 30_000 });
  await expect(call.frame.getByTestId('waiting')).toBeVisible();
  return call;
}

/** In the moderator's People panel. */
async function waitingRow(call: CallPage, person: Person): Promise<Locator> {
  await call.frame.getByTestId('waiting-state').click({ timeout: 20_000 });
  const row = call.frame.locator(`[data-testid=waiting-person][data-user-id="${person.userId}"]`);
  await expect(row).toContainText(person.displayName);
  return row;
}

/** The message in which the watcher names who waits, and how it reads now. */
async function lobbyMessage(reader: Person, room: MeetingRoom): Promise<{ eventId: string; text: string } | undefined> {
  const events = await createPlainReader(reader.matrix, room.roomId).events();
  const about = events.filter(
    ({ content }) => (content[RESULT_BLOCK] as { code?: string } | undefined)?.code === 'lobby',
  );
  const first = about.find(({ relation }) => relation?.rel_type !== 'm.replace');
  const last = about.at(-1);
  return first === undefined || last === undefined
    ? undefined
    : { eventId: first.eventId, text: String(last.content['body']) };
}

const isInCall = async (reader: Person, room: MeetingRoom, person: Person) =>
  (await reader.matrix.callMembers(room.roomId)).some(({ sender }) => sender === person.userId);

test('whoever must be let in waits outside the call until a moderator lets them in @policy', async ({
  cast,
  stack,
}) => {
  await usePolicy(cast, stack, LOBBY);
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const room = await makeRoom(stack, alice, [bob]);
  const [aliceCall] = await meet(room, alice);
  const bobCall = await ask(bob, room);

  const row = await waitingRow(aliceCall, bob);
  expect(await isInCall(alice, room, bob), 'bob is announced in the room').toBe(false);
  expect((await createSfuView(stack.facts).participants(room.roomId)).join()).not.toContain(bob.userId);
  await row.getByTestId('admit').click();

  await expect(bobCall.button('leave')).toBeVisible();
  await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour);
  await expectTone(aliceCall.frame, bob.media.toneHz);
  await expect(aliceCall.frame.getByTestId('waiting-state')).toBeHidden();
  await test.step('once for a meeting', async () => {
    await bobCall.leave();
    const again = await bob.messenger.joinByBanner();
    await expectMovingVideo(again.video(alice.userId), alice.media.colour);
  });
});

test('a moderator with any client lets people in by a reaction; nobody else does @policy', async ({ cast, stack }) => {
  await usePolicy(cast, stack, LOBBY);
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const carol = await cast.person('carol');
  const dave = await cast.person('dave');
  const room = await makeRoom(stack, alice, [bob, carol, dave]);
  await alice.matrix.setPower(room.roomId, dave.userId, 50);
  const [aliceCall] = await meet(room, alice);
  const bobCall = await ask(bob, room);
  await expect.poll(async () => (await lobbyMessage(dave, room))?.text).toContain(bob.userId);
  const { eventId } = (await lobbyMessage(dave, room)) ?? { eventId: '' };

  await carol.matrix.react(room.roomId, eventId, LOBBY_REACTIONS.admit);
  await expect
    .poll(async () =>
      (await createPlainReader(carol.matrix, room.roomId).events()).map(({ content }) => content['body']),
    )
    .toContainEqual(expect.stringContaining('Only moderators of this room'));
  await expect(bobCall.frame.getByTestId('waiting')).toBeVisible();

  await dave.matrix.react(room.roomId, eventId, LOBBY_REACTIONS.admit);
  await expect(bobCall.button('leave')).toBeVisible();
  await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
  await expect.poll(async () => (await lobbyMessage(alice, room))?.text).toMatch(/let in by .*dave/i);
});

test('whoever is turned away hears so, at every door @policy', async ({ cast, stack }) => {
  await usePolicy(cast, stack, LOBBY);
  const alice = await cast.actor('alice', { media: { toneAtStart: false } });
  const bob = await cast.actor('bob', { media: { toneAtStart: false } });
  const room = await makeRoom(stack, alice, [bob]);
  const [aliceCall] = await meet(room, alice);
  const bobCall = await ask(bob, room);
  const row = await waitingRow(aliceCall, bob);
  await row.getByTestId('turn-away').click();
  await expect(bobCall.frame.getByTestId('ending')).toContainText('You were not let in');
  for (const door of ['sfu/get', 'get_token', 'homeserver'] as const)
    expect(await askDoor(stack.facts, bob.matrix, room.roomId, door)).toMatchObject({
      status: 403,
      errcode: 'PALABRE_NOT_ADMITTED',
    });
  expect(await isInCall(alice, room, bob)).toBe(false);
});

test('whoever waits and is kicked, or goes away, is off the list @policy', async ({ cast, stack }) => {
  await usePolicy(cast, stack, LOBBY);
  const alice = await cast.actor('alice', { media: { toneAtStart: false } });
  const bob = await cast.actor('bob', { media: { toneAtStart: false } });
  const carol = await cast.person('carol');
  const room = await makeRoom(stack, alice, [bob, carol]);
  const [aliceCall] = await meet(room, alice);
  await ask(bob, room);
  await waitingRow(aliceCall, bob);
  await alice.matrix.kick(room.roomId, bob.userId);
  await expect(aliceCall.frame.getByTestId('waiting-state')).toBeHidden();
  await expect(bob.page.getByTestId('call-frame').contentFrame().getByTestId('waiting')).toHaveCount(0);
  expect(await askDoor(stack.facts, bob.matrix, room.roomId, 'sfu/get')).toMatchObject({ errcode: 'M_FORBIDDEN' });

  // A client that is not ours: it asks, and hangs up.
  const hangUp = new AbortController();
  const asking = fetch(`${stack.facts.urls.api}/livekit/jwt/sfu/get`, {
    method: 'POST',
    signal: hangUp.signal,
    body: JSON.stringify({
      room: room.roomId,
      openid_token: await carol.matrix.openIdToken(),
      device_id: carol.matrix.account.deviceId,
    }),
  }).catch(() => undefined);
  await expect(aliceCall.frame.getByTestId('waiting-person')).toContainText(carol.displayName);
  hangUp.abort();
  await asking;
  await expect(aliceCall.frame.getByTestId('waiting-state')).toBeHidden();
});

test('people go on waiting while the bridge is restarted, and one who was let in stays in @policy', async ({
  cast,
  stack,
}) => {
  await usePolicy(cast, stack, LOBBY);
  const alice = await cast.actor('alice');
  const bob = await cast.actor('bob');
  const room = await makeRoom(stack, alice, [bob]);
  const [aliceCall] = await meet(room, alice);
  const bobCall = await ask(bob, room);
  await waitingRow(aliceCall, bob);
  await stack.kill('bridge');
  await stack.release('bridge');
  // The list is there again without bob doing anything, and his page still waits.
  const row = aliceCall.frame.locator(`[data-testid=waiting-person][data-user-id="${bob.userId}"]`);
  await expect(async () => {
    if (await row.isVisible()) await row.getByTestId('admit').click({ timeout: 2_000 });
    await expect(bobCall.button('leave')).toBeVisible({ timeout: 5_000 });
  }).toPass({ timeout: 60_000 });
  await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour, 30_000);
  await stack.kill('bridge');
  await stack.release('bridge');
  await expectMovingVideo(bobCall.video(alice.userId), alice.media.colour, 30_000);
  expect((await createSfuView(stack.facts).participants(room.roomId)).join()).toContain(bob.userId);
});

test('whose time is over is warned, put out, and not let in again in this meeting @policy', async ({ cast, stack }) => {
  const alice = await cast.actor('alice', { media: { toneAtStart: false } });
  const bob = await cast.actor('bob', { media: { toneAtStart: false } });
  const room = await makeRoom(stack, alice, [bob]);
  const beganMs = Date.now();
  const [aliceCall] = await meet(room, alice);
  // Half a minute from now at least, however long it took her to come in.
  const maxMinutes = (Date.now() - beganMs) / 60_000 + 0.5;
  await usePolicy(cast, stack, withClass('own', { maxMinutes }));
  await expect(aliceCall.frame.getByTestId('notice').filter({ hasText: /less than [15] minute/ })).toBeVisible();
  await bob.messenger.openRoom(room.name);
  const bobCall = await bob.messenger.joinByBanner();
  // A restart takes none of the time away.
  await stack.kill('bridge');
  await stack.release('bridge');
  await expect(aliceCall.frame.getByTestId('ending')).toContainText('Your time in this call is over', {
    timeout: 60_000,
  });
  await expect(bobCall.tile(alice.userId)).toHaveCount(0);
  expect((await createSfuView(stack.facts).participants(room.roomId)).join()).not.toContain(alice.userId);
  for (const door of ['sfu/get', 'get_token', 'homeserver'] as const)
    expect(await askDoor(stack.facts, alice.matrix, room.roomId, door)).toMatchObject({
      status: 403,
      errcode: 'PALABRE_TIME_OVER',
    });
});

test('people of partners wait, with an SFU of their own and without; whose server is denied later is put out @policy @federation', async ({
  cast,
  federation,
}) => {
  const { ministry, agency, town } = federation;
  await usePolicy(cast, ministry, withClass('partner', { lobby: true }));
  const alice = await cast.actor('alice', { home: ministry });
  const bob = await cast.actor('bob', { home: agency });
  const carol = await cast.actor('carol', { home: town });
  const room = await makeRoom(ministry, alice, [bob, carol]);
  const [aliceCall] = await meet(room, alice);
  await test.step('who speaks on an SFU of their own is not heard before being let in', async () => {
    await bob.messenger.openRoom(room.name);
    const bobCall = await bob.messenger.joinByBanner();
    const row = await waitingRow(aliceCall, bob);
    await expect(aliceCall.frame.getByTestId('through')).toContainText(agency.facts.serverName);
    await expect
      .poll(async () => (await createSfuView(agency.facts).participants(room.roomId)).join())
      .toContain(bob.userId);
    await expect(aliceCall.tile(bob.userId)).toBeVisible();
    await expect(aliceCall.video(bob.userId)).toHaveCount(0);
    await expectNoTone(aliceCall.frame, bob.media.toneHz);
    await row.getByTestId('admit').click();
    await expectTone(aliceCall.frame, bob.media.toneHz, 30_000);
    await expectMovingVideo(aliceCall.video(bob.userId), bob.media.colour);
    await bobCall.leave();
  });
  const carolCall = await ask(carol, room);
  await expect.poll(async () => (await lobbyMessage(carol, room))?.text).toContain(carol.userId);
  const row = await waitingRow(aliceCall, carol);
  await expect(row).toContainText(town.facts.serverName);
  await row.getByTestId('admit').click();
  await expectMovingVideo(carolCall.video(alice.userId), alice.media.colour, 30_000);
  await expectTone(aliceCall.frame, carol.media.toneHz);

  await usePolicy(
    cast,
    ministry,
    (policy) => ({
      ...policy,
      servers: (policy.servers ?? []).map((server) =>
        server.match === town.facts.serverName ? { ...server, class: 'denied' } : server,
      ),
    }),
    { restore: false },
  );
  await expect
    .poll(async () => (await createSfuView(ministry.facts).participants(room.roomId)).join())
    .not.toContain(carol.userId);
  await expect(carolCall.frame.getByTestId('ending')).toBeVisible({ timeout: 30_000 });
  expect(await askDoor(ministry.facts, carol.matrix, room.roomId, 'sfu/get')).toMatchObject({
    status: 403,
    errcode: 'M_FORBIDDEN',
  });
});
