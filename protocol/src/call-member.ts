/**
 * May `sender` own this `call.member` state key? Homeservers protect keys that begin with `@` only (auth rules, "state_key"),
 * and MatrixRTC's begin with `_` (MSC3401), so that anybody could overwrite the membership of somebody else: such an event must
 * be ignored and the earlier one kept. A server name holds no `_`, so no user id is the beginning of another one here.
 */
export function ownsCallMemberKey(sender: string, stateKey: string): boolean {
  const bare = stateKey.startsWith('_') ? stateKey.slice(1) : stateKey;
  return bare === sender || bare.startsWith(`${sender}_`);
}
