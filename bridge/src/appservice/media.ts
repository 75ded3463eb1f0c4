import { MatrixError, matrixPath } from './matrix-client.ts';
import type { MatrixClient } from './matrix-client.ts';

/** Deletes a file from the media store of our homeserver, for good. One that is not there, or not ours, is no error. */
export type DeleteMedia = (uri: string) => Promise<void>;

const MXC = /^mxc:\/\/(?<server>[^/]+)\/(?<id>[^/]+)$/;

/**
 * Matrix lets nobody delete what they uploaded: that takes an administrator of the homeserver (Synapse admin API, "Delete a specific local media").
 * @param adminToken access token of such an account. undefined: files stay until the homeserver's own retention ends
 */
export function createDeleteMedia(client: MatrixClient, adminToken: string | undefined): DeleteMedia {
  return async (uri) => {
    const { server, id } = MXC.exec(uri)?.groups ?? {};
    if (adminToken === undefined || server === undefined || id === undefined) return;
    try {
      await client.request('DELETE', matrixPath`/_synapse/admin/v1/media/${server}/${id}`, { accessToken: adminToken });
    } catch (error) {
      if (!(error instanceof MatrixError && error.status === 404)) throw error;
    }
  };
}
