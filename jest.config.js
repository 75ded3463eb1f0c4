/** Unit tests of every workspace: plain ESM, compiled by SWC; component tests ask for jsdom in their first line. */
const shared = {
  testEnvironment: 'node',
  testMatch: ['**/*.test.ts', '**/*.test.tsx', '**/*.test.mjs'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', tsx: true },
          target: 'es2024',
          transform: { react: { runtime: 'automatic' } },
        },
        module: { type: 'es6' },
      },
    ],
  },
  moduleNameMapper: {
    '\\.css$': '<rootDir>/scripts/testing/empty-style.mjs',
    // Each test file loads all its modules anew: all icons as the one file that the package has beside 1800 small ones,
    '^lucide-react$': '<rootDir>/node_modules/lucide-react/dist/cjs/lucide-react.js',
    // and of the languages in which zod can complain the one it speaks.
    '^\\.\\./locales/index\\.js$': 'zod/v4/locales/en.js',
  },
};

export default {
  // Tests wait for sockets, databases and timers more than they compute: no core is left to the main process alone.
  maxWorkers: '100%',
  // Making a database on a busy machine takes longer than five seconds; what hangs is still found.
  testTimeout: 20_000,
  projects: [
    {
      ...shared,
      roots: ['<rootDir>/bridge/src'],
      globalSetup: '<rootDir>/scripts/testing/database.mjs',
      globalTeardown: '<rootDir>/scripts/testing/stop-database.mjs',
    },
    {
      ...shared,
      setupFilesAfterEnv: ['<rootDir>/scripts/testing/patient-screens.mjs'],
      roots: ['protocol/src', 'transcript/src', 'widget/src', 'messenger/src', 'scripts', 'examples'].map(
        (dir) => `<rootDir>/${dir}`,
      ),
    },
  ],
};
