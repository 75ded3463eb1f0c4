/** What `scripts/stack` gives a test run (docs/architecture.md), as far as tests use it. */

export const SERVICE_NAMES = ['postgres', 'synapse', 'livekit', 'speech', 'bridge'] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** Everything about a running stack that can be written down: handed to test processes as JSON. */
export interface StackFacts {
  readonly urls: { readonly messenger: string; readonly widget: string; readonly api: string };
  readonly internal: {
    readonly synapse: string;
    readonly livekit: string;
    readonly speech?: string;
    readonly bridgeInternal: string;
    readonly databaseUrl: string;
  };
  readonly serverName: string;
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

/** The object `startStack` resolves with. */
export interface RunningStack extends Omit<StackFacts, 'dataDir' | 'logPaths'> {
  readonly services: Readonly<Record<ServiceName, Service>>;
  registerUser(name: string, password: string, options?: { readonly admin?: boolean }): Promise<Account>;
  close(): Promise<void>;
}
