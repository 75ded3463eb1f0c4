/**
 * Makes this page the only one that uses `name`, for as long as it is not released.
 * @param steal take it from the page that has it
 * @param onLost told when another page takes it
 * @returns undefined when another page has it
 */
export async function takeTurn(
  name: string,
  steal: boolean,
  onLost: () => void,
): Promise<{ release(): void } | undefined> {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  return new Promise((resolve) => {
    navigator.locks
      .request(name, steal ? { steal: true } : { ifAvailable: true }, async (lock) => {
        if (lock === null) {
          resolve(undefined);
          return;
        }
        resolve({ release });
        await held;
      })
      // The request rejects when somebody steals the lock.
      .catch(onLost);
  });
}
