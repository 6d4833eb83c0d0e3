/**
 * Reads the results that Jest writes with `--json --outputFile`.
 *
 *   node scripts/test-results.js FILE…    prints `N passed, N failed, N skipped` over all of them
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const REASON = /\(skipped: (.+)\)$/;

/**
 * Counts of tests. A suite that could not even be loaded has no tests to count, so it counts as
 * one failure of its own.
 */
export function readCounts(results) {
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests,
    brokenSuites: results.numRuntimeErrorTestSuites,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

export function failedCount(counts) {
  return counts.failed + counts.brokenSuites;
}

/** One line for each skipped test: file, title, reason. */
export function skippedLines(results, root) {
  return results.testResults.flatMap((suite) =>
    suite.assertionResults
      .filter((test) => test.status === 'pending' || test.status === 'todo')
      .map((test) => {
        // The reason may stand on the test or on a describe block around it.
        const titles = [test.title, ...test.ancestorTitles.toReversed()];
        const reason = titles.map((title) => REASON.exec(title)?.[1]).find(Boolean);
        const title = test.title.replace(REASON, '').trim();
        return `  ${relative(root, suite.name)}: ${title}: ${reason ?? 'NO REASON GIVEN'}`;
      }),
  );
}

/** The one line that a reader of the log looks for. Files that are not there count nothing. */
export function countsLine(...files) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const file of files.filter((path) => existsSync(path))) {
    const counts = readCounts(JSON.parse(readFileSync(file, 'utf8')));
    sum.passed += counts.passed;
    sum.failed += failedCount(counts);
    sum.skipped += counts.skipped;
  }
  return `${String(sum.passed)} passed, ${String(sum.failed)} failed, ${String(sum.skipped)} skipped`;
}

const startedAs = process.argv[1];
if (startedAs !== undefined && realpathSync(startedAs) === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${countsLine(...process.argv.slice(2))}\n`);
}
