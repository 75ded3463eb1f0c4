import express from 'express';
import type { Router } from 'express';
import type { Metrics } from './metrics.ts';

/** One thing the bridge cannot work without; resolves when it is there, rejects when it is not. */
export type ReadinessCheck = () => Promise<unknown>;

const CHECK_TIMEOUT_MS = 2_000;

async function within(check: ReadinessCheck): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, CHECK_TIMEOUT_MS, false);
  });
  try {
    return await Promise.race([
      check().then(
        () => true,
        () => false,
      ),
      timeout,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

/** `/live` (the process answers), `/ready` (people can enter calls: 200 or 503 with what is missing) and `/metrics`. */
export function createHealthRoutes(checks: Readonly<Record<string, ReadinessCheck>>, metrics: Metrics): Router {
  const router = express.Router();
  router.get('/live', (_request, response) => {
    response.json({ live: true });
  });
  router.get('/ready', async (_request, response) => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await within(check)] as const),
    );
    const ready = results.every(([, good]) => good);
    response.status(ready ? 200 : 503).json({ ready, ...Object.fromEntries(results) });
  });
  router.get('/metrics', async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  return router;
}
