import { sameTransport, type TransportPolicy } from '@palabre/protocol';
import type { Publishers } from '@palabre/transcript/documents';
import type { Host, LivekitTransport } from '../host/index.ts';
import { loadDeployment, NO_DEPLOYMENT, type Deployment } from './deployment.ts';
import { CallProblem } from './problem.ts';
import { takeSeat, type Seat } from './seat.ts';
import { createTokens, type Tokens } from './tokens.ts';
import { discoverTransports } from './transports.ts';

/** The way to our SFU, looked for from the first moment on: while the large parts of the widget still load. */
export interface Doors {
  readonly tokens: Tokens;
  /** Our SFUs, best first, at least one; rejects with a {@link CallProblem}. */
  transports(): Promise<readonly [LivekitTransport, ...LivekitTransport[]]>;
  /** How we take part; the same for as long as the page lives. */
  seat(): Promise<Seat>;
  /** Whose SFUs may be used in this call. */
  policy(): Promise<TransportPolicy>;
  /** Whose results of meetings are believed. */
  bots(): Promise<Publishers | undefined>;
  /** The token that was asked for in advance; rejects as the token service refuses it. */
  firstToken(): Promise<void>;
  /** Looks again, after a failure. */
  again(): void;
}

/** Begins to look for SFU and token. */
export function openDoors(host: Host): Doors {
  let reading = loadDeployment();
  const deployment = async (): Promise<Deployment> => (await reading) ?? NO_DEPLOYMENT;
  /** The network failed once: it must not say for as long as the page lives what is allowed. */
  const readAgain = (): void => {
    reading = reading.then((read) => read ?? loadDeployment());
  };
  const seat = host.ready.then(async () => takeSeat(host, await deployment()));
  seat.catch(() => undefined);
  const tokens = createTokens(host, seat, async (service) =>
    (await deployment()).sfus.find((sfu) => sameTransport(sfu.service, service)),
  );
  const find = async (): Promise<readonly [LivekitTransport, ...LivekitTransport[]]> => {
    await host.ready.catch((error: unknown) => {
      throw new CallProblem('host_silent', { cause: error });
    });
    const [first, ...more] = await discoverTransports(host, deployment());
    if (first === undefined) throw new CallProblem('no_transport');
    return [first, ...more];
  };
  const begin = () => {
    const transports = find();
    const firstToken = transports.then(async ([transport]) => {
      await tokens.get(transport, { ahead: true });
    });
    // Whoever needs them awaits them later; until then their failure is not an unhandled one.
    transports.catch(() => undefined);
    firstToken.catch(() => undefined);
    return { transports, firstToken };
  };
  let search = begin();
  return {
    tokens,
    transports: () => search.transports,
    seat: () => seat,
    async policy() {
      readAgain();
      const [transports, { partners, partnersNeedEncryption }] = await Promise.all([search.transports, deployment()]);
      return {
        own: transports.map((transport) => transport.livekit_service_url),
        partners,
        partnersClosed: partnersNeedEncryption && !host.parameters.encrypted,
      };
    },
    bots: async () => {
      readAgain();
      return (await deployment()).bots;
    },
    firstToken: () => search.firstToken,
    again() {
      readAgain();
      search = begin();
    },
  };
}
