/** What `scripts/stack` gives a test run (docs/architecture.md), as far as tests use it. */

export const SERVICE_NAMES = ['postgres', 'synapse', 'livekit', 'speech', 'bridge'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** The organisations of the federated stack: two with everything, one with a homeserver only. */
export const ORGANISATIONS = ['ministry', 'agency', 'town'] as const;
export type Organisation = (typeof ORGANISATIONS)[number];

/** What every organisation has, with or without a bridge. */
export interface HomeFacts {
  /** `api` is the homeserver itself where there is no bridge. */
  readonly urls: { readonly messenger: string; readonly widget: string; readonly api: string };
  readonly internal: { readonly synapse: string };
  readonly serverName: string;
}

/** Everything about a running stack that can be written down: handed to test processes as JSON. */
export interface StackFacts extends HomeFacts {
  readonly internal: {
    readonly synapse: string;
    readonly livekit: string;
    readonly speech?: string;
    readonly bridgeInternal: string;
    readonly databaseUrl: string;
  };
  readonly dataDir: string;
  readonly configPath: string;
  readonly secrets: {
    readonly registrationSharedSecret: string;
    readonly asToken: string;
    readonly hsToken: string;
    readonly livekitKey: string;
    readonly livekitSecret: string;
  };
  readonly logPaths: Readonly<Record<ServiceName, string>>;
}

export interface Account {
  readonly userId: string;
  readonly accessToken: string;
  readonly deviceId: string;
}

export interface Service {
  pid(): number | undefined;
  /** The supervisor starts it again by itself. */
  kill(signal: NodeJS.Signals): void;
  /** Stops it and keeps it down. */
  hold(): Promise<void>;
  /** Starts it again and waits until it is ready. */
  release(): Promise<void>;
  readonly logPath: string;
}

/** An organisation that runs. */
export interface RunningHome extends HomeFacts {
  registerUser(name: string, password: string, options?: { readonly admin?: boolean }): Promise<Account>;
  close(): Promise<void>;
}

/** One of the bridge's speech engines, as far as tests use it. */
export interface SpeechEngine {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly model: string;
  readonly operator: string;
}

/** The object `startStack` resolves with. */
export interface RunningStack extends Omit<StackFacts, 'dataDir' | 'logPaths'>, RunningHome {
  readonly internal: StackFacts['internal'];
  /** The bridge's configuration. */
  readonly config: { readonly speech?: readonly SpeechEngine[] };
  readonly services: Readonly<Record<ServiceName, Service>>;
}

/** The object `startFederation` resolves with. */
export interface RunningFederation {
  readonly ministry: RunningStack;
  readonly agency: RunningStack;
  readonly town: RunningHome;
  close(): Promise<void>;
}
