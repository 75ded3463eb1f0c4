import { gzipSync } from 'node:zlib';
import { onGround, progress, report } from './harness.ts';
import type { Ground } from './harness.ts';
import { visitedCall } from './visits.ts';

/** Gzip sizes of all JavaScript answers, workers included, from the widget frame's navigation to the first remote frame. */
async function javaScriptOfJoin({ stack, cast }: Ground, encrypted: boolean): Promise<ReadonlyMap<string, number>> {
  const call = await visitedCall(stack, cast, { lobby: false, encrypted });
  const origin = new URL(stack.facts.urls.widget).origin;
  const asked = new Set<string>();
  call.guest.context.on('response', (response) => {
    const type = response.headers()['content-type'] ?? '';
    if (new URL(response.url()).origin === origin && /javascript|wasm/.test(type)) asked.add(response.url());
  });
  await call.visit();
  const sizes = new Map<string, number>();
  for (const url of asked) {
    // Asked again, because the browser has forgotten the bodies with the frame; one compressor for all makes sizes
    // comparable whatever the server does.
    const body = new Uint8Array(await (await fetch(url)).arrayBuffer());
    sizes.set(new URL(url).pathname, gzipSync(body, { level: 9 }).byteLength);
  }
  return sizes;
}

await onGround(async (ground) => {
  const plain = await javaScriptOfJoin(ground, false);
  const encrypted = await javaScriptOfJoin(ground, true);
  const total = (sizes: ReadonlyMap<string, number>) => [...sizes.values()].reduce((sum, size) => sum + size, 0);
  for (const [name, size] of encrypted) progress(`${String(size).padStart(9)} ${name}`);
  report({
    bench: 'bundle',
    unit: 'bytes',
    samples: [total(plain)],
    value: total(plain),
    more: { encrypted_bytes: total(encrypted), files: plain.size, encrypted_files: encrypted.size },
  });
});
