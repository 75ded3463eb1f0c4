/** Unit tests of every workspace: plain ESM, compiled by SWC; component tests ask for jsdom in their first line. */
export default {
  testEnvironment: 'node',
  roots: ['protocol/src', 'bridge/src', 'widget/src', 'messenger/src', 'scripts'].map((dir) => `<rootDir>/${dir}`),
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
  moduleNameMapper: { '\\.css$': '<rootDir>/scripts/testing/empty-style.mjs' },
};
