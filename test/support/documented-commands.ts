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
  ...inCommandsTest('schedule', 'create'),
  ...inCommandsTest('schedule', 'list'),
  ...inCommandsTest('schedule', 'trigger'),
  ...inCommandsTest('schedule', 'pause'),
  ...inCommandsTest('schedule', 'resume'),
  ...inCommandsTest('schedule', 'delete'),
  'strategy-loop backtest': { runBy: 'test/e2e/backtest.test.ts', as: "'backtest', ...RUN" },
  'strategy-loop sweep': { runBy: 'test/e2e/backtest.test.ts', as: "'sweep', ...RUN" },
};

function inCommandsTest(...words: string[]): Record<string, { runBy: string; as: string }> {
  return {
    [`strategy-loop ${words.join(' ')}`]: {
      runBy: 'test/e2e/commands.test.ts',
      as: words.map((word) => `'${word}'`).join(', '),
    },
  };
}
