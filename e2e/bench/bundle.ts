import { gzipSync } from 'node:zlib';
import type { Response } from '@playwright/test';
import { onGround, progress, report } from './harness.ts';
import { visitedCall } from './visits.ts';
import type { Visitor } from './visits.ts';

/** Gzip sizes of all JavaScript answers, workers included, from the widget frame's navigation to the first remote frame. */
async function javaScriptOfJoin(visitor: Visitor): Promise<ReadonlyMap<string, number>> {
  const { origin } = new URL(visitor.widgetUrl);
  const asked = new Set<string>();
  const note = (response: Response): void => {
    const type = response.headers()['content-type'] ?? '';
    // A worker from a blob: is a piece of a script that was counted.
    if (response.url().startsWith(`${origin}/`) && /javascript|wasm/.test(type)) asked.add(response.url());
  };
  visitor.context.on('response', note);
  await visitor.visit(() => visitor.context.off('response', note));
  const sizes = new Map<string, number>();
  for (const url of asked) {
    // Asked again, because the browser has forgotten the bodies with the frame; one compressor for all makes sizes
    // comparable whatever the server does.
    const body = new Uint8Array(await (await fetch(url)).arrayBuffer());
    sizes.set(new URL(url).pathname, gzipSync(body, { level: 9 }).byteLength);
  }
  return sizes;
}

const total = (sizes: ReadonlyMap<string, number>) => [...sizes.values()].reduce((sum, size) => sum + size, 0);

await onGround(async ({ stack, cast }) => {
  const measure = async (encrypted: boolean) => {
    const call = await visitedCall(stack, cast, { lobby: false, encrypted });
    return { ours: await javaScriptOfJoin(call.guest), theirs: await javaScriptOfJoin(await call.elementCall()) };
  };
  const plain = await measure(false);
  const encrypted = await measure(true);
  for (const sizes of Object.values(encrypted)) {
    for (const [name, size] of sizes) progress(`${String(size).padStart(9)} ${name}`);
  }
  report({
    bench: 'bundle',
    unit: 'bytes',
    samples: [total(plain.ours)],
    peers: { 'element-call': { samples: [total(plain.theirs)] } },
    more: {
      encrypted_bytes: total(encrypted.ours),
      files: plain.ours.size,
      encrypted_files: encrypted.ours.size,
      element_call_encrypted_bytes: total(encrypted.theirs),
    },
  });
});
