import { readFileSync } from 'node:fs';
import { matchesServer, SERVER_PATTERN, serverOf } from '@palabre/protocol';
import { z } from 'zod';
import { speechSchema } from './speech-config.ts';

export const portSchema = z.int().min(0).max(65535);
/** An address that others are put behind: without a slash at its end. */
export const urlSchema = z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, ''));
/** Goes into a response header: an origin and nothing that could end the value. */
const origin = z.string().regex(/^https?:\/\/[\w.-]+(:\d+)?$/, 'must be an origin such as https://chat.example.org');
const secret = z.string().min(16);
const localpart = z.string().regex(/^[a-z0-9._=/+-]+$/, 'must be a Matrix localpart');

/** A homeserver that is asked at a known address and never resolved. `ca`: PEM text, or the path of a PEM file. */
const knownHomeserver = z.strictObject({ baseUrl: urlSchema, ca: z.string().optional() });

/** What people of servers of one class may do in calls here. */
const classRules = z.strictObject({
  enter: z.boolean(),
  publish: z.array(z.enum(['microphone', 'camera', 'screen'])),
  /** Moderators of that class may record and transcribe. */
  record: z.boolean(),
  /** Whoever moderates must let them in, each for one meeting. */
  lobby: z.boolean(),
  /** How long one person may stay in one meeting; without it, as long as it lasts. */
  maxMinutes: z.number().positive().optional(),
  /** May see live captions, and bring the scribe in for them. */
  captions: z.boolean(),
});
export type ClassRules = z.infer<typeof classRules>;

/** SFUs: token service, and where its tokens lead. */
export const transportPlacesSchema = z
  .array(
    z.strictObject({
      service: urlSchema,
      sfu: z.url({ protocol: /^wss?$/ }),
      /** Server name of the homeserver that gives tokens for it to other homeservers (MSC4195). */
      homeserver: z
        .string()
        .regex(/^[\w.:[\]-]+$/, 'must be a server name')
        .optional(),
    }),
  )
  .default([]);

/** Other servers, the first match counts; who matches nothing is denied. */
export const policyServersSchema = z
  .array(
    z
      .strictObject({
        match: z.string().regex(SERVER_PATTERN, 'must be a server name, *.domain or *'),
        class: z.enum(['partner', 'extern', 'denied']),
        /** SFUs beside ours on which its people may publish. */
        transports: transportPlacesSchema,
        /** User ids of its scribes: they are no people of a meeting, and may publish nothing here. */
        scribes: z.array(z.string()).exactOptional(),
      })
      .refine(
        ({ match, scribes = [] }) =>
          scribes.every((userId) => {
            const server = serverOf(userId);
            return server !== undefined && matchesServer(match, server);
          }),
        { path: ['scribes'], message: 'must be user ids of servers that match' },
      ),
  )
  .default([]);

/** In rooms that are not encrypted, `required` closes the SFUs of others, and ours to people who publish there. */
export const encryptionAcrossSfusSchema = z.enum(['optional', 'required']).exactOptional();

const policySchema = z.strictObject({
  /** Changes to the defaults (`membership/domain-policy.ts`). */
  classes: z
    .strictObject({
      own: classRules.partial().optional(),
      partner: classRules.partial().optional(),
      extern: classRules.partial().optional(),
    })
    .default({}),
  servers: policyServersSchema,
  encryptionAcrossSfus: encryptionAcrossSfusSchema,
});
export type PolicyConfig = z.infer<typeof policySchema>;

/** An endpoint of the shape of OpenAI's `/v1/chat/completions`. Operator and place are named in all minutes it writes. */
const minutesSchema = z.strictObject({
  baseUrl: urlSchema,
  apiKey: z.string().default(''),
  model: z.string().min(1),
  operator: z.string().min(1),
  place: z.string().min(1),
  /** What the model takes and gives at once; longer meetings are summarised in parts. */
  contextTokens: z.int().min(2_048).default(8_192),
  /** For one question to it. */
  timeoutMs: z.int().min(1_000).max(900_000).default(120_000),
});

const consentLevel = z.enum(['off', 'announce', 'ask']);

const configKeys = z.strictObject({
  serverName: z.string().min(1),
  homeserver: knownHomeserver.extend({
    /** Access token of a server administrator: files of results that are deleted in rooms leave the media store at once. */
    adminToken: secret.optional(),
  }),
  homeservers: z.record(z.string(), knownHomeserver).default({}),
  policy: policySchema.default({ classes: {}, servers: [] }),
  appservice: z.strictObject({
    /** Name of the application service at the homeserver; the ping endpoint needs it. */
    id: z.string().default('palabre'),
    asToken: secret,
    hsToken: secret,
    watcher: localpart.default('palabre'),
    scribe: localpart.default('palabre-scribe'),
  }),
  listen: z.strictObject({
    host: z.string().default('127.0.0.1'),
    messenger: portSchema,
    widget: portSchema,
    api: portSchema,
    /** For the homeserver and the SFU only; never reachable from outside. */
    internal: portSchema,
    /** Address of the internal listener; loopback unless homeserver or SFU run on other machines of a private network. */
    internalHost: z.string().default('127.0.0.1'),
  }),
  publicUrls: z.strictObject({ messenger: urlSchema, widget: urlSchema, api: urlSchema }),
  /** Origins of further messengers that may open the widget in a frame, such as Element Web. */
  widgetHosts: z.array(origin).default([]),
  /** A reverse proxy stands in front and sets X-Forwarded-For: believe and extend it. Otherwise it is overwritten. */
  trustProxy: z.boolean().default(false),
  livekit: z.strictObject({ url: urlSchema, apiKey: z.string().min(1), apiSecret: secret }),
  databaseUrl: z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL'),
  speech: speechSchema.optional(),
  /** Who did what with recordings and transcripts stays written down for so long; rooms' own retention does not shorten it. */
  audit: z.strictObject({ keepDays: z.number().positive().default(365) }).default({ keepDays: 365 }),
  /** A language model that writes minutes; without it they are sentences chosen from the transcript. */
  minutes: minutesSchema.optional(),
  storage: z.strictObject({
    /** Chunks of recordings that run, and without `s3` recordings that are too large to be posted. */
    dir: z.string().min(1),
    /** Object storage for recordings that are too large to be posted. */
    s3: z
      .strictObject({
        /** Without it, Amazon's own. */
        endpoint: urlSchema.optional(),
        region: z.string().default('us-east-1'),
        bucket: z.string().min(3),
        prefix: z.string().default(''),
        accessKeyId: z.string().min(1),
        secretAccessKey: z.string().min(1),
      })
      .optional(),
  }),
  /** What recordings may be. */
  recording: z
    .strictObject({
      /** Of the picture; its width follows. */
      height: z.union([z.literal(360), z.literal(480), z.literal(720), z.literal(1080)]).default(720),
      /** A recording is stopped when it is so long, or so large; without them, when the meeting ends. */
      maxMinutes: z.number().positive().optional(),
      maxBytes: z.int().positive().optional(),
      /** At once on this machine; without it, two for each processor. */
      atOnce: z.int().positive().optional(),
      /** What records: the scribe's own page, or LiveKit Egress wherever that can do it rightly (docs/administrators.md). */
      driver: z.enum(['page', 'egress']).default('page'),
      /** A folder that Egress shares with the bridge, and its name there; without it, Egress writes into `storage.s3`. */
      egressFolder: z.strictObject({ dir: z.string().min(1), workerDir: z.string().min(1).optional() }).optional(),
    })
    .prefault({}),
  scribe: z
    .strictObject({
      chromium: z.string().optional(),
      ffmpeg: z.string().optional(),
      user: z.strictObject({ uid: z.int(), gid: z.int() }).optional(),
    })
    .default({}),
  /** What is asked before something of a person is kept; rooms can be stricter (docs/administrators.md). */
  consent: z
    .strictObject({
      default: consentLevel.default('ask'),
      /** At least this while somebody of class extern is in the call. */
      externPresent: consentLevel.optional(),
    })
    .default({ default: 'ask' }),
  /** Of everything the bridge says in rooms. */
  language: z.enum(['en', 'fr']).default('en'),
  /** How our widget announces people in calls: by state events, which every client reads, or by sticky events (MSC4354). */
  rtcMembership: z.enum(['state', 'sticky']).default('state'),
  uploadLimitBytes: z.int().positive().default(536_870_912),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

/** The bridge's configuration file; docs/architecture.md shows one. Unknown keys are refused, so a typing error is not ignored. */
export const configSchema = configKeys.superRefine(({ recording, consent, storage }, context) => {
  if (recording.driver !== 'egress') return;
  const refuse = (message: string): void => {
    context.addIssue({ code: 'custom', path: ['recording', 'driver'], message });
  };
  if (consent.default === 'ask' || consent.externPresent === 'ask') {
    refuse('Egress records a room as a whole and cannot leave anybody out: consent must be off or announce');
  }
  if (recording.egressFolder === undefined && storage.s3 === undefined) {
    refuse('Egress needs recording.egressFolder or storage.s3 for its files');
  }
});
export type Config = z.infer<typeof configSchema>;

/** The configuration cannot be used; the message names the file and every key that is wrong. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Checks a parsed configuration.
 * @param source what to call it in the error (a file name)
 * @throws {ConfigError} one line for each wrong key
 */
export function parseConfig<T>(schema: z.ZodType<T>, value: unknown, source: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => {
    const unknown = issue.code === 'unrecognized_keys' ? ` (${issue.keys.join(', ')})` : '';
    return `  ${issue.path.length === 0 ? '(top level)' : issue.path.join('.')}: ${issue.message}${unknown}`;
  });
  throw new ConfigError(`${source} cannot be used:\n${lines.join('\n')}`);
}

/**
 * Reads and checks a JSON file.
 * @param variable of the environment, that should have named it
 * @throws {ConfigError}
 */
export function readConfig<T>(schema: z.ZodType<T>, path: string | undefined, variable: string): T {
  if (path === undefined || path === '') throw new ConfigError(`${variable} must name the configuration file`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    // The parser's message may quote the file, which holds secrets.
    if (cause instanceof SyntaxError) throw new ConfigError(`${path} is not JSON`);
    throw new ConfigError(`${path} cannot be read: it is missing, or not yours to read`, { cause });
  }
  return parseConfig(schema, value, path);
}

/** Reads and checks the bridge's configuration at `path`. @throws {ConfigError} */
export function loadConfig(path: string | undefined): Config {
  return readConfig(configSchema, path, 'PALABRE_CONFIG');
}

/** Addresses and names that follow from the configuration. */
export function derive(config: Config) {
  const { api } = config.publicUrls;
  return {
    watcherUserId: `@${config.appservice.watcher}:${config.serverName}`,
    scribeUserId: `@${config.appservice.scribe}:${config.serverName}`,
    /** Where clients ask for tokens (`livekit_service_url`). */
    tokenServiceUrl: `${api}/livekit/jwt`,
    /** The only SFU address ever advertised: the gate's. */
    sfuUrl: `${api.replace(/^http/, 'ws')}/livekit/sfu`,
  };
}
