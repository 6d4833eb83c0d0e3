import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { counted } from '../../schemas/counted.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import type { CheckInput, CheckResult } from '../../schemas/jobs/check.ts';
import { CommandError } from '../command-error.ts';
import { integerBetween, withOutput } from '../options.ts';
import { createOutput, fixed, table } from '../output.ts';
import { strategyPlaces } from '../strategy-places.ts';

interface CheckOptions {
  readonly params?: string;
  readonly data?: string;
  readonly sets?: number;
  readonly threads?: readonly number[];
  readonly rows?: number;
  readonly seed: number;
  readonly json: boolean;
}

const EXIT_CODES = `
Exit codes: 0 the check passed; 1 it did not; 64 wrong options; 65 unknown strategy or parameters.`;

export function addCheckCommands(program: Command): void {
  const check = program
    .command('check')
    .description('prove properties of a strategy')
    .addHelpText('after', '\nExample:\n  strategy-loop check look-ahead rsi-macd');
  withCheckOptions(check.command('look-ahead'))
    .description('check on every row that a strategy knows nothing of the future')
    .addHelpText(
      'after',
      `
Each row after warm-up must decide the same without the bars after it and with other bars after it, and
the position in force over the move into it must not depend on that bar.
${EXIT_CODES}

Examples:
  strategy-loop check look-ahead rsi-macd
  strategy-loop check look-ahead ./my-strategy.ts --rows 500 --json`,
    )
    .action((strategyId: string, options: CheckOptions) =>
      runCheck('look-ahead', strategyId, options),
    );
  withCheckOptions(check.command('warm-up'))
    .description('check that decisions no longer depend on where the history begins')
    .addHelpText(
      'after',
      `
Decisions with a history of just the declared warm-up must be those with twice as much: forecasts within
0.1 (their scale is 20), targets within 0.01.
${EXIT_CODES}

Example:
  strategy-loop check warm-up ewmac-carry --json`,
    )
    .action((strategyId: string, options: CheckOptions) =>
      runCheck('warm-up', strategyId, options),
    );
  withCheckOptions(check.command('parity'))
    .description('check that sweep, engine and resumed engine make the same decisions')
    .option(
      '--sets <number>',
      'parameter sets, the given one and drawn ones',
      integerBetween(1, 1000),
      6,
    )
    .option('--threads <numbers>', 'thread counts that a sweep is tried on', threadCounts, [1, 2])
    .addHelpText(
      'after',
      `
The engine in one walk is compared, decision by decision, with the engine once more, stopped and resumed
after every bar from a snapshot, the sweep, its sets in other orders and shards, and the sweep on threads.
Parameters that are given hold in every set.
${EXIT_CODES}

Examples:
  strategy-loop check parity rsi-macd
  strategy-loop check parity ewmac-carry --data future.csv --params '{"carry":{"weight":0.5}}' --json`,
    )
    .action((strategyId: string, options: CheckOptions) => runCheck('parity', strategyId, options));
}

/** Parses `1,2`. */
function threadCounts(text: string): number[] {
  const one = integerBetween(1, 64);
  return text.split(',').map((part) => one(part.trim()));
}

function withCheckOptions(command: Command): Command {
  return withOutput(command)
    .argument('<strategy>', 'id of a strategy, or path of its file')
    .option('--params <json>', 'parameters as a JSON object; the defaults unless named')
    .option('--data <file>', 'price file to check on; bars are made up unless named')
    .option(
      '--rows <number>',
      'rows to check after warm-up: by default all of a price file, and 200 that are made up; warm-up and parity 200',
      integerBetween(10, 1_000_000),
    )
    .option('--seed <number>', 'of the bars that are made up', integerBetween(0, 2 ** 32 - 1), 1);
}

async function runCheck(
  check: CheckInput['check'],
  strategyId: string,
  { params, data, rows, seed, sets = 1, threads = [], json }: CheckOptions,
): Promise<void> {
  const output = createOutput(json);
  const parameters = params === undefined ? null : parametersOf(params);
  // Loaded here, so that no other command waits for them.
  const [{ runLocalJob }, { CheckResult, CHECK_DATA_FILE }] = await Promise.all([
    import('../run-job.ts'),
    import('../../schemas/jobs/check.ts'),
  ]);
  const found = await runLocalJob({
    jobType: 'check/strategy',
    strategyId,
    input: {
      ...{ check, strategyId, parameters, seed, sets },
      rows: rows ?? null,
      threads: [...threads],
      dataFile: data === undefined ? null : basename(data),
      now: new Date().toISOString(),
      places: strategyPlaces(),
    } satisfies CheckInput,
    ...(data !== undefined && { files: { [CHECK_DATA_FILE]: await readData(data) } }),
    onLine: (line) => {
      output.note(line);
    },
  });
  const result = CheckResult.parse(found);
  if (result.passed) {
    output.answer(result, textOf(result));
    return;
  }
  if (!json) output.answer(result, textOf(result));
  throw new CommandError(CommandExitCode.Failed, `${strategyId} did not pass ${check}`, {
    found: result,
  });
}

async function readData(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CommandError(
      CommandExitCode.BadInput,
      `--data must name a file that can be read, was ${path} (${code}). Correct the path.`,
      { cause: error },
    );
  }
}

function parametersOf(text: string): CheckInput['parameters'] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrongParameters(text, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongParameters(text);
  }
  return value as CheckInput['parameters'];
}

function wrongParameters(text: string, cause?: unknown): CommandError {
  return new CommandError(
    CommandExitCode.BadInput,
    `--params must be a JSON object such as {"rsiPeriod":14}, was ${text.slice(0, 80)}`,
    { cause },
  );
}

function textOf(result: CheckResult): string {
  const { check, strategyId, passed, fromRow, rows, rowsLeft, leaks, starts } = result;
  const verdict = `${strategyId}: ${check} ${passed ? 'passed' : 'FAILED'}`;
  if (check === 'look-ahead') {
    const lines = leaks.map(
      ({ kind, rows: found, total }) =>
        `${kind}: ${counted(total, 'row')}, first ${found.slice(0, 10).join(', ')}`,
    );
    const from = fromRow + rowsLeft;
    const left =
      rowsLeft === 0
        ? ''
        : `; ${counted(rowsLeft, 'row')} before ${rowsLeft === 1 ? 'was' : 'were'} NOT checked`;
    return [`${verdict}, ${counted(rows, 'row')} from ${String(from)} on${left}`, ...lines].join(
      '\n',
    );
  }
  if (check === 'parity') {
    const { runs, differences } = result;
    return [
      `${verdict}, ${counted(runs.length, 'run')} against the engine over ${counted(rows, 'bar')}`,
      ...differenceLines(differences),
    ].join('\n');
  }
  const head = ['history from', 'row', 'forecast differs by', 'target differs by', 'passed'];
  const lines = starts.map((start) => [
    String(start.startRow),
    String(start.row),
    fixed(start.forecastDifference, 6),
    fixed(start.targetDifference, 6),
    start.passed ? 'yes' : 'no',
  ]);
  return `${verdict}\n\n${table(head, lines)}`;
}

/** What differs, once: runs that differ in the same way, as most do, stand in one line. */
function differenceLines(differences: CheckResult['differences']): string[] {
  const runsOf = new Map<string, string[]>();
  for (const { run, set, log, line, expected, found } of differences) {
    const what = `set ${String(set)}, ${log} line ${String(line)}: expected ${expected ?? 'nothing'}, found ${found ?? 'nothing'}`;
    runsOf.set(what, [...(runsOf.get(what) ?? []), run]);
  }
  return [...runsOf].map(([what, runs]) => `${what} (${runs.join('; ')})`);
}
