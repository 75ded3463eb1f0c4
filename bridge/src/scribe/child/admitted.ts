import type { CallMember } from './call.ts';

/**
 * Whom to hear and draw: people of a class with a lobby or a time limit who publish on an SFU of their own only while they are on
 * ours as well, where the bridge lets them in and puts them out.
 * @param onOurSfu LiveKit identities there
 */
export function admittedMembers(
  members: readonly CallMember[],
  onOurSfu: { readonly has: (identity: string) => boolean },
): readonly CallMember[] {
  return members.filter(({ guarded, identity }) => !guarded || onOurSfu.has(identity));
}
