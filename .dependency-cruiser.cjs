/** Import rules of docs/architecture.md: protocol <- transcript <- widget, messenger; protocol <- bridge; a folder is entered by its index.ts only. */
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'protocol-is-pure',
      severity: 'error',
      from: { path: '^protocol/src', pathNot: '\\.test\\.ts$' },
      to: { pathNot: ['^protocol/src', 'node_modules/(zod|@noble/hashes)'] },
    },
    {
      name: 'transcript-knows-protocol-only',
      severity: 'error',
      from: { path: '^transcript/' },
      to: { path: '^(bridge|widget|messenger|e2e|scripts)/' },
    },
    {
      name: 'documents-have-no-interface',
      severity: 'error',
      from: { path: '^transcript/src/documents/' },
      to: { path: ['^transcript/src/(page|words)/', 'node_modules/(react|lucide)'] },
    },
    {
      name: 'only-pages-show-transcripts',
      severity: 'error',
      from: { path: '^(bridge|protocol)/' },
      to: { path: '^transcript/' },
    },
    {
      name: 'workspaces-meet-in-protocol',
      severity: 'error',
      from: { path: '^(bridge|widget|messenger)/' },
      to: { path: '^(bridge|widget|messenger|e2e|scripts)/', pathNot: '^$1/' },
    },
    {
      name: 'enter-a-capability-by-its-index',
      severity: 'error',
      from: { path: '^bridge/src/([^/]+)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^bridge/src/([^/]+)/', pathNot: ['^bridge/src/$1/', '^bridge/src/[^/]+/(index|fake-[^/]+)\\.ts$'] },
    },
    {
      name: 'features-do-not-reach-into-each-other',
      severity: 'error',
      from: { path: '^widget/src/features/([^/]+)/' },
      to: {
        path: '^widget/src/features/([^/]+)/',
        pathNot: ['^widget/src/features/$1/', '^widget/src/features/[^/]+/index\\.tsx?$'],
      },
    },
    {
      name: 'no-orphans-from-production-to-tests',
      severity: 'error',
      from: { pathNot: '\\.test\\.tsx?$|/fake-' },
      to: { path: '\\.test\\.tsx?$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
    },
  },
};
