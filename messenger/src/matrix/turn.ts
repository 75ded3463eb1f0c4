/**
 * Makes this page the only one that uses `name`, for as long as it is not released.
 * @param steal take it from the page that has it
 * @param onLost told when another page takes it
 * @returns undefined when another page has it
 * @throws when the browser has no locks to give
 */
export async function takeTurn(
  name: string,
  steal: boolean,
  onLost: () => void,
): Promise<{ release(): void } | undefined> {
  let mine = false;
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const release = (): void => {
    mine = false;
    letGo();
  };
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(name, steal ? { steal: true } : { ifAvailable: true }, async (lock) => {
        if (lock === null) {
          resolve(undefined);
          return;
        }
        mine = true;
        resolve({ release });
        await held;
      })
      .catch((error: unknown) => {
        // A lock that one has is taken away by whoever steals it.
        if (mine) onLost();
        else reject(error instanceof Error ? error : new Error('No lock', { cause: error }));
      });
  });
}
