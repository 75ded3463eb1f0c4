import * as z from 'zod/mini';

const credentialsSchema = z.object({ userId: z.string(), deviceId: z.string(), accessToken: z.string() });
export type Credentials = z.infer<typeof credentialsSchema>;

/** The part of the Web Storage interface that is used. */
export type KeyValueStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const KEY = 'palabre.session';

/** The signed-in account of this browser. @returns undefined when there is none, or what is stored is damaged */
export function readCredentials(storage: KeyValueStore): Credentials | undefined {
  const text = storage.getItem(KEY);
  if (text === null) return undefined;
  try {
    return credentialsSchema.parse(JSON.parse(text));
  } catch {
    storage.removeItem(KEY);
    return undefined;
  }
}

export function writeCredentials(storage: KeyValueStore, credentials: Credentials): void {
  storage.setItem(KEY, JSON.stringify(credentials));
}

export function clearCredentials(storage: KeyValueStore): void {
  storage.removeItem(KEY);
}
