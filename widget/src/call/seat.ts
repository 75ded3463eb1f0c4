import { computeRtcIdentityRaw } from 'matrix-js-sdk/lib/matrixrtc/membershipData/rtc.js';
import { MatrixCapabilities } from 'matrix-widget-api';
import * as z from 'zod/mini';
import type { Host } from '../host/index.ts';
import type { Deployment } from './deployment.ts';

/** How this page takes its place in calls. */
export interface Seat {
  /**
   * `state`: a state event for each device, which every client reads (Element Call's compatibility mode). `sticky`: an event of the
   * timeline (MSC4354) with a member id of its own (Element Call's `matrix_2_0`).
   */
  readonly announcing: 'state' | 'sticky';
  readonly memberId: string;
  /** Our LiveKit identity where we publish. */
  readonly identity: string;
}

const VERSIONS_TIMEOUT_MS = 5_000;
const versionsSchema = z.object({ unstable_features: z.record(z.string(), z.unknown()) });

/** The seat that every client understands: member id and identity are both `user:device`. */
export function plainSeat({ userId, deviceId }: { userId: string; deviceId: string }): Seat {
  const memberId = `${userId}:${deviceId}`;
  return { announcing: 'state', memberId, identity: memberId };
}

/** Does the homeserver keep events sticky? What cannot be asked is taken for "no": state events work everywhere. */
async function keepsSticky(baseUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${baseUrl}/_matrix/client/versions`, {
      signal: AbortSignal.timeout(VERSIONS_TIMEOUT_MS),
      credentials: 'omit',
    });
    const answer = versionsSchema.safeParse(await response.json());
    return answer.success && answer.data.unstable_features['org.matrix.msc4354'] === true;
  } catch {
    return false;
  }
}

/** The seat that the deployment wants, where messenger and homeserver can give it; else the plain one. */
export async function takeSeat(host: Host, deployment: Deployment): Promise<Seat> {
  const { parameters } = host;
  if (deployment.rtcMembership !== 'sticky') return plainSeat(parameters);
  const offered = [MatrixCapabilities.MSC4407SendStickyEvent, MatrixCapabilities.MSC4407ReceiveStickyEvent].every(
    (capability) => host.has(capability),
  );
  if (!offered || !(await keepsSticky(parameters.baseUrl))) return plainSeat(parameters);
  const memberId = crypto.randomUUID();
  const identity = await computeRtcIdentityRaw(parameters.userId, parameters.deviceId, memberId);
  return { announcing: 'sticky', memberId, identity };
}
