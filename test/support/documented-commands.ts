/**
 * The commands that the docs may show, each with the file that runs it and the text in that file
 * that shows it. test/architecture/docs.test.ts refuses a page with any other command, and an
 * entry whose file does not run it. Options and arguments after a command are not compared.
 */
export const DOCUMENTED_COMMANDS: Readonly<
  Record<string, { readonly runBy: string; readonly as: string }>
> = {
  'npm ci': { runBy: '.ci/run', as: 'npm ci' },
  'npm run check': { runBy: '.ci/run', as: 'npm run check' },
  'npm test': { runBy: '.ci/run', as: 'npm test' },
  'npm start': { runBy: 'test/e2e/commands.test.ts', as: "npm('start'" },
  ...inCommandsTest('up'),
  ...inCommandsTest('replay'),
  ...inCommandsTest('retrain'),
  ...inCommandsTest('cycle', 'start'),
  ...inCommandsTest('cycle', 'list'),
  ...inCommandsTest('cycle', 'status'),
  ...inCommandsTest('cycle', 'retry'),
  ...inCommandsTest('cycle', 'skip'),
  ...inCommandsTest('cycle', 'abort'),
  ...inCommandsTest('release', 'list'),
  ...inCommandsTest('release', 'show'),
  ...inCommandsTest('report', 'path'),
  'strategy-loop check look-ahead': {
    runBy: 'test/cli/check.test.ts',
    as: "'check', 'look-ahead'",
  },
  'strategy-loop check warm-up': { runBy: 'test/cli/check.test.ts', as: "'check', 'warm-up'" },
  'strategy-loop check parity': { runBy: 'test/cli/check.test.ts', as: "'check', 'parity'" },
  'strategy-loop stats': { runBy: 'test/cli/stats.test.ts', as: "'stats'" },
  ...inCommandsTest('schedule', 'create'),
  ...inCommandsTest('schedule', 'list'),
  ...inCommandsTest('schedule', 'trigger'),
  ...inCommandsTest('schedule', 'pause'),
  ...inCommandsTest('schedule', 'resume'),
  ...inCommandsTest('schedule', 'delete'),
  'strategy-loop image build': { runBy: 'scripts/test-docker.js', as: "'image', 'build'" },
  'strategy-loop image inspect': { runBy: 'test/docker/replay.test.ts', as: "'image', 'inspect'" },
  'strategy-loop image verify': { runBy: 'test/docker/replay.test.ts', as: "'image', 'verify'" },
  'strategy-loop image push': { runBy: 'test/docker/registry.test.ts', as: "'image', 'push'" },
  'strategy-loop apply': { runBy: 'test/e2e/apply.test.ts', as: "'apply', '-f'" },
  'strategy-loop schedule show': { runBy: 'test/e2e/apply.test.ts', as: "'schedule', 'show'" },
  'strategy-loop schedule backfill': {
    runBy: 'test/support/backfill.ts',
    as: "'schedule', 'backfill'",
  },
  'strategy-loop run list': { runBy: 'test/e2e/long-runs.test.ts', as: "'run', 'list'" },
  'strategy-loop run stop': { runBy: 'test/e2e/long-runs.test.ts', as: "'run', 'stop'" },
  'strategy-loop worker': { runBy: 'test/workers/roles.test.ts', as: "'worker'" },
  ...inDataTest('data', 'check'),
  ...inDataTest('data', 'import'),
  ...inDataTest('data', 'list'),
  ...inDataTest('data', 'show'),
  ...inDataTest('data', 'gaps'),
  ...inDataTest('data', 'export'),
  ...inDataTest('calendar', 'show'),
  ...inDataTest('calendar', 'close'),
  ...inDataTest('calendar', 'reopen'),
  ...inStatusTest('status'),
  ...inStatusTest('doctor'),
  ...inStatusTest('logs'),
  ...inStatusTest('cycle', 'history'),
  ...inStatusTest('challenger', 'list'),
  ...inStatusTest('challenger', 'show'),
  ...inStatusTest('release', 'diff'),
  ...inStatusTest('report', 'draw'),
  ...inStatusTest('completion', 'bash'),
  ...inUserStrategyTest('strategy', 'list'),
  ...inUserStrategyTest('strategy', 'show'),
  ...inUserStrategyTest('strategy', 'test'),
  'strategy-loop backtest': { runBy: 'test/e2e/backtest.test.ts', as: "'backtest', ...RUN" },
  'strategy-loop sweep': { runBy: 'test/e2e/backtest.test.ts', as: "'sweep', ...RUN" },
};

type Documented = Record<string, { runBy: string; as: string }>;

function inCommandsTest(...words: string[]): Documented {
  return inTest('test/e2e/commands.test.ts', words);
}

function inDataTest(...words: string[]): Documented {
  return inTest('test/e2e/data.test.ts', words);
}

function inUserStrategyTest(...words: string[]): Documented {
  return inTest('test/e2e/user-strategy.test.ts', words);
}

function inStatusTest(...words: string[]): Documented {
  return inTest('test/e2e/status.test.ts', words);
}

function inTest(runBy: string, words: readonly string[]): Documented {
  return {
    [`strategy-loop ${words.join(' ')}`]: {
      runBy,
      as: words.map((word) => `'${word}'`).join(', '),
    },
  };
}
