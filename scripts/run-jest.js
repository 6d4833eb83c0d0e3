/**
 * Runs Jest on the TypeScript sources as ES modules and says at the end what was skipped and why.
 * Arguments go to Jest: `npm test -- test/engine`, `npm test -- -t drawdown`.
 *
 * A test that cannot run here is skipped with a title that ends with "(skipped: reason)".
 */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removeWithProcesses, waitForNone } from './leftovers.js';
import { failedCount, readCounts, skippedLines } from './test-results.js';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/**
 * The temporary folder of all tests: removed at the end with every process that works in it, so
 * that Ctrl-C leaves nothing behind either. Open to all, because the database server runs as
 * another user when we are root.
 */
const scratch = mkdtempSync(join(tmpdir(), 'strategy-loop-test-'));
chmodSync(scratch, 0o755);
const passedOn = process.argv.slice(2);
const INTERRUPTED = 130;
/** One more than the cores that the tests are made for: some always wait for a server or a timer. */
const WORKERS = 3;

/** Value of `--name=value` or `--name value`; undefined when the option is not given. */
function optionOf(name) {
  const index = passedOn.findIndex((arg) => arg === name || arg.startsWith(`${name}=`));
  if (index === -1) return undefined;
  return passedOn[index].includes('=') ? passedOn[index].split('=', 2)[1] : passedOn[index + 1];
}

/** Leaving tests out by name is the caller's wish: it needs no explanation afterwards. */
function isNarrowed() {
  return ['-t', '--testNamePattern'].some((name) => optionOf(name) !== undefined);
}

function jestArguments(resultFile) {
  const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
  const workers = ['-w', '--maxWorkers', '-i', '--runInBand'].some((name) =>
    passedOn.some((arg) => arg === name || arg.startsWith(`${name}=`)),
  );
  return [
    '--experimental-vm-modules',
    // Jest needs the flag above; the warning about it would precede every test file.
    '--disable-warning=ExperimentalWarning',
    jest,
    ...(workers ? [] : [`--maxWorkers=${String(WORKERS)}`]),
    ...passedOn.filter((arg) => arg !== '--json'),
    ...(optionOf('--outputFile') === undefined ? [`--outputFile=${resultFile}`] : []),
    '--json',
  ];
}

/** Runs Jest until it ends. Ctrl-C reaches it too; we stay to report and to clean up. */
function runJest(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ['inherit', 'ignore', 2],
      env: { ...process.env, TMPDIR: scratch, STRATEGY_LOOP_TEST_ROOT: scratch },
    });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal === null ? code : INTERRUPTED));
  });
}

function report(resultFile) {
  const results = JSON.parse(readFileSync(resultFile, 'utf8'));
  const lines = isNarrowed() ? [] : skippedLines(results, root);
  const counts = readCounts(results);
  process.stderr.write(
    lines.length === 0 ? '\n' : `\nSkipped (${String(lines.length)}):\n${lines.join('\n')}\n\n`,
  );
  process.stderr.write(
    `${String(counts.passed)} passed, ${String(failedCount(counts))} failed, ${String(counts.skipped)} skipped\n`,
  );
}

/** A process that a test started and did not end fails the run. */
async function reportLeftovers() {
  const left = await waitForNone(scratch);
  if (left.length === 0) return;
  const lines = left.map(({ pid, command }) => `  ${String(pid)} ${command}`);
  process.stderr.write(`\nTests left processes behind:\n${lines.join('\n')}\n`);
  process.exitCode = 1;
}

try {
  const resultFile = optionOf('--outputFile') ?? join(scratch, 'results.json');
  rmSync(resultFile, { force: true });
  process.exitCode = await runJest(jestArguments(resultFile));
  if (process.exitCode !== INTERRUPTED) await reportLeftovers();
  if (existsSync(resultFile)) report(resultFile);
} finally {
  await removeWithProcesses(scratch);
}
