/**
 * `npm run faults:containers -- [count]`: lets so many cycles in a row (100 unless told otherwise)
 * meet a fault of their container job, each kind in turn, and compares the store with that of the same
 * cycles unharmed. `--planted` gives the worker mistakes instead, which must be noticed; `--json`
 * prints one document. Needs root, `dockerd`, and the image that STRATEGY_LOOP_TEST_IMAGE names.
 */
import { table } from '../../../cli/output.ts';
import { median } from '../../../bench/machine.ts';
import { CONTAINER_FAULTS } from './container-plan.ts';
import { openContainerStand } from './container-stand.ts';
import type { Outcome } from './container-stand.ts';

const IMAGE = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? 'strategy-loop:test';
const COUNT = 100;

async function main(argv: readonly string[]): Promise<number> {
  const isPlanted = argv.includes('--planted');
  const count = Number(argv.find((argument) => /^\d+$/.test(argument)) ?? COUNT);
  const note = (text: string): void => void process.stderr.write(`${text}\n`);
  const stand = await openContainerStand(IMAGE, count, note);
  try {
    const outcomes: Outcome[] = [];
    for (let number = 1; number <= count; number += 1) {
      const fault = CONTAINER_FAULTS[(number - 1) % CONTAINER_FAULTS.length];
      if (fault === undefined) break;
      const outcome = await stand.run(number, fault, isPlanted);
      outcomes.push(outcome);
      note(`${String(number)} of ${String(count)}: ${fault.name}: ${outcome.found}`);
    }
    const { leftOver, lost, doubled } = await stand.finish();
    const wrong = outcomes.filter(({ isAsPlanted }) => !isAsPlanted).length;
    const isGood =
      leftOver.length === 0 && lost.length === 0 && doubled.length === 0 && wrong === 0;
    const document = { count, wrong, leftOver, lost, doubled, outcomes, isPlanted };
    if (argv.includes('--json')) process.stdout.write(`${JSON.stringify(document)}\n`);
    else {
      process.stdout.write(`${rows(outcomes)}
${String(count)} faults in a row: ${String(wrong)} not classified as planted, ${String(leftOver.length)} containers left, ${String(lost.length)} rows lost, ${String(doubled.length)} rows doubled
${[...lost, ...doubled].slice(0, 4).join('\n')}\n`);
    }
    return isGood === isPlanted ? 1 : 0;
  } finally {
    await stand.close();
  }
}

function rows(outcomes: readonly Outcome[]): string {
  return table(
    ['fault', 'times', 'as planted', 'found', 'median seconds'],
    CONTAINER_FAULTS.map(({ name }) => {
      const its = outcomes.filter((outcome) => outcome.name === name);
      return [
        name,
        String(its.length),
        String(its.filter(({ isAsPlanted }) => isAsPlanted).length),
        [...new Set(its.map(({ found }) => found))].join('; ').slice(0, 70),
        its.length === 0 ? '' : median(its.map(({ seconds }) => seconds)).toFixed(1),
      ];
    }),
  );
}

process.exitCode = await main(process.argv.slice(2));
