import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../support/repository.ts';

const SCRIPT = join(ROOT, 'scripts', 'test-results.js');

const RESULTS = {
  numPassedTests: 5,
  numFailedTests: 1,
  numRuntimeErrorTestSuites: 1,
  numPendingTests: 2,
  numTodoTests: 1,
  testResults: [
    {
      name: join(ROOT, 'test/e2e/demo.test.ts'),
      assertionResults: [
        { status: 'passed', title: 'runs', ancestorTitles: [] },
        { status: 'pending', title: 'draws (skipped: no browser here)', ancestorTitles: ['demo'] },
        { status: 'pending', title: 'sinks', ancestorTitles: ['ship (skipped: no water)'] },
        { status: 'todo', title: 'flies', ancestorTitles: [] },
      ],
    },
  ],
};

describe('test-results', () => {
  it('prints the counts, with a suite that could not be loaded as a failure', () => {
    const folder = mkdtempSync(join(tmpdir(), 'strategy-loop-results-'));
    const file = join(folder, 'results.json');
    writeFileSync(file, JSON.stringify(RESULTS));

    const printed = execFileSync(process.execPath, [SCRIPT, file], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });

    expect(printed).toBe('5 passed, 2 failed, 3 skipped\n');
  });

  it('counts nothing when no test ran', () => {
    const printed = execFileSync(process.execPath, [SCRIPT, 'missing.json'], { encoding: 'utf8' });

    expect(printed).toBe('0 passed, 0 failed, 0 skipped\n');
  });

  it('names each skipped test with its reason, and says when there is none', async () => {
    const { skippedLines } = (await import(pathToFileURL(SCRIPT).href)) as {
      skippedLines: (results: object, root: string) => string[];
    };

    expect(skippedLines(RESULTS, ROOT)).toEqual([
      '  test/e2e/demo.test.ts: draws: no browser here',
      '  test/e2e/demo.test.ts: sinks: no water',
      '  test/e2e/demo.test.ts: flies: NO REASON GIVEN',
    ]);
  });
});
