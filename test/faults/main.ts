/**
 * `npm run faults`: makes every fault happen to a running cycle with real parts, each once as it is
 * and once with a planted bug that the checker must catch. `npm run faults -- killed 53300` runs
 * those whose name holds one of the words, `--json` prints one document, `--no-planted` leaves the planted
 * bugs out. Exit code 0 when every fault is survived and every planted bug is caught.
 */
import { table } from '../../cli/output.ts';
import { FAULTS } from './all.ts';
import { caughtBy, runFault } from './fault.ts';
import type { Fault, Verdict } from './fault.ts';
import { openStand } from './stand.ts';
import type { Stand } from './stand.ts';

const OBSERVED_CHARACTERS = 100;

interface Line extends Verdict {
  readonly isSurvived: boolean;
  /** Null when it was not tried. */
  readonly isPlantedCaught: boolean | null;
  readonly planted: string;
}

async function main(argv: readonly string[]): Promise<number> {
  const words = argv.filter((argument) => !argument.startsWith('--'));
  const chosen = FAULTS.filter(
    ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
  );
  if (chosen.length === 0) {
    process.stderr.write(
      `no fault has ${JSON.stringify(words.join(' '))} in its name; known:\n` +
        FAULTS.map(({ name }) => `  ${name}\n`).join(''),
    );
    return 64;
  }
  const stand = await openStand(note);
  try {
    const lines: Line[] = [];
    for (const fault of chosen) {
      lines.push(await tryFault(stand, fault, !argv.includes('--no-planted')));
    }
    print(lines, argv.includes('--json'));
    const isGood = lines.every((line) => line.isSurvived && line.isPlantedCaught !== false);
    return isGood ? 0 : 1;
  } finally {
    await stand.close();
  }
}

async function tryFault(stand: Stand, fault: Fault, withPlanted: boolean): Promise<Line> {
  note(fault.name);
  const verdict = await runFault(stand, fault, null);
  for (const problem of verdict.problems) note(`  PROBLEM ${problem}`);
  const { text, mistake } = fault.planted;
  const planted = withPlanted ? await runFault(stand, fault, mistake) : null;
  const sign = planted === null ? null : caughtBy(fault.planted, planted);
  if (planted !== null) {
    note(`  planted: ${text}; ${sign?.slice(0, 120) ?? 'NOT CAUGHT'}`);
    if (sign === null) for (const problem of planted.problems) note(`    ${problem}`);
  }
  return {
    ...verdict,
    isSurvived: verdict.problems.length === 0,
    isPlantedCaught: planted === null ? null : sign !== null,
    planted: text,
  };
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

function print(lines: readonly Line[], json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(lines, null, 2)}\n`);
    return;
  }
  const rows = lines.map((line) => [
    line.fault,
    (line.problems[0] ?? line.observed).slice(0, OBSERVED_CHARACTERS),
    `${String(line.lost.length)} / ${String(line.doubled.length)}`,
    line.seconds.toFixed(1),
    caught(line),
  ]);
  process.stdout.write(
    `${table(['fault', 'observed', 'lost / doubled', 'seconds', 'planted bug'], rows)}\n`,
  );
}

function caught({ planted, isPlantedCaught }: Line): string {
  if (isPlantedCaught === null) return 'not tried';
  return `${isPlantedCaught ? 'caught' : 'NOT CAUGHT'}: ${planted}`;
}

process.exitCode = await main(process.argv.slice(2));
