import { InvalidArgumentError, type Command } from 'commander';
import { parseInstant } from '../../adapters/feeds/price-file/values.ts';

/** Parses a clock: a day, or an instant with an offset; a time without one depends on the place. */
function clock(text: string): string {
  const instant = parseInstant(text);
  if (instant !== null && instant.form !== 'local-time') return instant.time;
  throw new InvalidArgumentError(
    'it must be a real day as YYYY-MM-DD or an instant as YYYY-MM-DDThh:mm:ssZ.',
  );
}

/** `strategy-loop data …`. The work of each command is loaded when it is asked for. */
export function addDataCommands(program: Command): void {
  const data = program.command('data').description('check, store and look at price data');
  addCheck(data);
}

function addCheck(data: Command): void {
  data
    .command('check')
    .description('read a price file by the reading policy, and say what is wrong with it')
    .argument('<file>', 'a CSV file with date, open, high, low, close and volume')
    .option('--now <time>', "the reader's clock: later rows are refused; now by default", clock)
    .option('--json', 'print one JSON document on stdout', false)
    .addHelpText(
      'after',
      '\nNothing is stored and no server is needed. Exit codes: 0 accepted, perhaps with warnings; ' +
        '65 refused, or not readable.' +
        '\n\nExamples:\n  strategy-loop data check prices.csv' +
        '\n  strategy-loop data check prices.csv --json --now 2024-01-01',
    )
    .action(async (file: string, options: { json: boolean; now?: string }) => {
      const { checkFile } = await import('../data/check.ts');
      await checkFile(file, options);
    });
}
