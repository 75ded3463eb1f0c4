import { openRateLimits, productionRateLimits } from './rate-limits.mjs';

/**
 * @typedef {object} HomeserverValues
 * @property {string} serverName cannot be changed later: it is in every id
 * @property {string} publicUrl address of the client API as browsers see it, without trailing slash
 * @property {{ port: number, host: string }} listen behind a proxy that sets X-Forwarded-For
 * @property {string} dataDir media and, with SQLite, the database
 * @property {string} signingKeyPath
 * @property {string} logConfigPath
 * @property {string} [registrationPath] of Palabre's application service; without it, and without a transport, calls are others' business
 * @property {{ registrationShared: string, macaroon: string, form: string }} secrets
 * @property {Transport} [transport]
 * @property {Federation} [federation] without it this server speaks to no other
 * @property {boolean} [openLimits] no rate limits and cheap password hashes, for tests
 */

/**
 * @typedef {object} Transport
 * @property {string} serviceUrl token service
 * @property {string} sfuUrl signalling, through the gate
 */

/**
 * @typedef {object} Federation
 * @property {number} port TLS, and part of the server name
 * @property {string} certificatePath
 * @property {string} keyPath
 * @property {string} caPath of the authority that all partners' certificates come from
 * @property {readonly string[]} partners server names: nobody else is spoken to
 */

/**
 * The SFU as clients are told of it, by MSC4143 and, for those that still read it there, in `.well-known/matrix/client`.
 * @param {Transport} transport
 */
export const advertisedTransport = ({ serviceUrl, sfuUrl }) => ({
  type: 'livekit',
  url: sfuUrl,
  livekit_service_url: serviceUrl,
});

/** Who else this server speaks to. @param {Federation | undefined} federation @param {string} host */
function federationSettings(federation, host) {
  if (federation === undefined) return { federation_domain_whitelist: [] };
  return {
    tls_certificate_path: federation.certificatePath,
    tls_private_key_path: federation.keyPath,
    federation_custom_ca_list: [federation.caPath],
    federation_domain_whitelist: federation.partners,
    // Partners on this very machine.
    ...(host === '127.0.0.1' ? { ip_range_whitelist: ['127.0.0.0/8', '::1/128'] } : {}),
    // A partner that was away is asked again at once, not ten minutes later.
    federation: {
      destination_min_retry_interval: '1s',
      destination_max_retry_interval: '30s',
      destination_retry_multiplier: 2,
    },
  };
}

/**
 * Synapse's `homeserver.yaml` as an object (JSON is YAML).
 * @param {HomeserverValues} values
 * @returns {Record<string, unknown>}
 */
export function homeserver(values) {
  const { serverName, publicUrl, listen, dataDir, secrets, transport, federation } = values;
  return {
    server_name: serverName,
    public_baseurl: `${publicUrl}/`,
    report_stats: false,
    pid_file: `${dataDir}/homeserver.pid`,
    signing_key_path: values.signingKeyPath,
    log_config: values.logConfigPath,
    media_store_path: `${dataDir}/media`,
    database: { name: 'sqlite3', args: { database: `${dataDir}/homeserver.db` } },
    listeners: [
      {
        port: listen.port,
        bind_addresses: [listen.host],
        type: 'http',
        tls: false,
        x_forwarded: true,
        resources: [{ names: ['client', 'openid'], compress: false }],
      },
      ...(federation === undefined
        ? []
        : [
            {
              port: federation.port,
              bind_addresses: [listen.host],
              type: 'http',
              tls: true,
              resources: [{ names: ['federation'], compress: false }],
            },
          ]),
    ],

    macaroon_secret_key: secrets.macaroon,
    form_secret: secrets.form,
    registration_shared_secret: secrets.registrationShared,
    enable_registration: false,
    bcrypt_rounds: values.openLimits === true ? 4 : 12,

    ...federationSettings(federation, listen.host),
    trusted_key_servers: [],
    suppress_key_server_warning: true,
    allow_public_rooms_over_federation: false,
    allow_public_rooms_without_auth: false,
    presence: { enabled: false },
    url_preview_enabled: false,
    user_directory: { enabled: true, search_all_users: true },

    // A recording comes back as an ordinary upload.
    max_upload_size: '512M',
    app_service_config_files: values.registrationPath === undefined ? [] : [values.registrationPath],

    // MSC4140: the "leave" that is sent when a browser dies.
    max_event_delay_duration: '24h',
    matrix_rtc: { transports: transport === undefined ? [] : [advertisedTransport(transport)] },
    ...(transport === undefined
      ? {}
      : {
          extra_well_known_client_content: {
            'org.matrix.msc4143.rtc_foci': [{ type: 'livekit', livekit_service_url: transport.serviceUrl }],
          },
        }),
    experimental_features: {
      msc4143_enabled: true, // where the SFU is
      msc4222_enabled: true, // state_after in /sync
      msc4354_enabled: true, // sticky events
      msc4075_enabled: true, // call notifications
      msc4502_enabled: true, // is_joined for the bridge
      msc4512_enabled: true, // token requests through the homeserver
      msc4140_max_delayed_events_per_user: 100,
    },
    ...(values.openLimits === true ? openRateLimits : productionRateLimits),
  };
}

/** Synapse's log configuration: warnings only, so that no ids are written in ordinary work. */
export function homeserverLogging() {
  return {
    version: 1,
    disable_existing_loggers: false,
    formatters: { plain: { format: '%(asctime)s %(levelname)s %(name)s %(message)s' } },
    handlers: { console: { class: 'logging.StreamHandler', formatter: 'plain' } },
    root: { level: 'WARNING', handlers: ['console'] },
  };
}
