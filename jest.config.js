/**
 * Three projects, quickest first: `unit` starts nothing, `integration` starts real servers,
 * `e2e` runs the whole loop. `npm run test:unit` runs the first alone.
 */
const shared = {
  testEnvironment: 'node',
  // The temporary folder is a new one for each run.
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  extensionsToTreatAsEsm: ['.ts'],
  // dist/ holds a package.json-less copy of the tests that must never be found.
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};

function project(displayName, folders, more = {}) {
  return {
    ...shared,
    displayName,
    testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
    ...more,
  };
}

const servers = {
  globalSetup: '<rootDir>/test/support/global-setup.js',
  globalTeardown: '<rootDir>/test/support/global-teardown.js',
};

export default {
  // Counts for every project: real servers on a busy machine take their time.
  testTimeout: 60_000,
  projects: [
    project('unit', [
      'engine',
      'strategies',
      'schemas',
      'activities',
      'jobs',
      'architecture',
      'scripts',
    ]),
    project('integration', ['adapters', 'infra', 'workflows', 'workers', 'cli', 'replay'], servers),
    project('e2e', ['e2e'], servers),
    // Needs a Docker Engine and an image: `npm run test:docker` prepares both and asks for it.
    ...(process.env.STRATEGY_LOOP_TEST_IMAGE ? [project('docker', ['docker'], servers)] : []),
    // Needs a cluster too: `npm run test:kubernetes`.
    ...(process.env.STRATEGY_LOOP_TEST_IMAGE && process.env.KUBECONFIG
      ? [project('kubernetes', ['kubernetes'], servers)]
      : []),
    // Needs a Nomad cluster: `npm run test:nomad`, which can start one of its own.
    ...(process.env.STRATEGY_LOOP_TEST_IMAGE && process.env.NOMAD_ADDR
      ? [project('nomad', ['nomad'], servers)]
      : []),
  ],
};
