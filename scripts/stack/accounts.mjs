import { createHmac } from 'node:crypto';

/** @typedef {{ userId: string, accessToken: string, deviceId: string }} Account */

/** The homeserver said no. */
export class HomeserverError extends Error {
  /** @param {number} status @param {string} errcode @param {string} message */
  constructor(status, errcode, message) {
    super(`${errcode}: ${message}`);
    this.status = status;
    this.errcode = errcode;
  }
}

/**
 * One request to the homeserver.
 * @param {string} baseUrl
 * @param {string} method
 * @param {string} path
 * @param {{ body?: unknown, token?: string }} [options]
 * @returns {Promise<Record<string, unknown>>}
 */
export async function ask(baseUrl, method, path, { body, token } = {}) {
  const response = await fetch(`${baseUrl}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  const content = /** @type {Record<string, unknown>} */ (await response.json());
  if (!response.ok) {
    throw new HomeserverError(
      response.status,
      String(content['errcode'] ?? 'unknown'),
      String(content['error'] ?? response.statusText),
    );
  }
  return content;
}

/**
 * Makes an account by the shared secret (Synapse's admin API), since nobody can register on their own.
 * @param {string} homeserver @param {string} sharedSecret
 * @param {{ name: string, password: string, admin?: boolean, displayName?: string }} person
 * @returns {Promise<Account>}
 */
export async function registerAccount(homeserver, sharedSecret, { name, password, admin = false, displayName }) {
  const { nonce } = await ask(homeserver, 'GET', '/_synapse/admin/v1/register');
  const mac = createHmac('sha1', sharedSecret)
    .update([nonce, name, password, admin ? 'admin' : 'notadmin'].join('\0'))
    .digest('hex');
  const made = await ask(homeserver, 'POST', '/_synapse/admin/v1/register', {
    body: {
      nonce,
      username: name,
      password,
      admin,
      mac,
      ...(displayName === undefined ? {} : { displayname: displayName }),
    },
  });
  return {
    userId: String(made['user_id']),
    accessToken: String(made['access_token']),
    deviceId: String(made['device_id']),
  };
}

/** @param {string} homeserver @param {string} name @param {string} password @returns {Promise<Account>} */
export async function signIn(homeserver, name, password) {
  const session = await ask(homeserver, 'POST', '/_matrix/client/v3/login', {
    body: {
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: name },
      password,
      initial_device_display_name: 'Set-up',
    },
  });
  return {
    userId: String(session['user_id']),
    accessToken: String(session['access_token']),
    deviceId: String(session['device_id']),
  };
}
