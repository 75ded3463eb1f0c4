import { expect, test } from '@jest/globals';
import { isSandboxImpossible } from './sandbox.ts';

test.each([
  'browserType.launch: Chromium sandboxing failed!',
  '[FATAL:content/browser/zygote_host/zygote_host_impl_linux.cc:132] No usable sandbox! If you are running on Ubuntu 23.10+',
  'Failed to move to new namespace: PID namespaces supported, but failed: errno = Operation not permitted',
  '[FATAL:sandbox/linux/services/credentials.cc:131] Check failed: . : Permission denied (13)',
  'Running as root without --no-sandbox is not supported.',
])('the sandbox is given up where it is impossible: %s', (message) => {
  expect(isSandboxImpossible(new Error(message))).toBe(true);
});

test.each([
  'browserType.launch: Timeout 20000ms exceeded.',
  'browserType.launch: Failed to launch: Error: spawn /usr/bin/chromium ENOENT\n - <launching> chromium --headless',
  'browserType.launch: Target page, context or browser has been closed',
])('and kept after any other failure: %s', (message) => {
  expect(isSandboxImpossible(new Error(message))).toBe(false);
});
