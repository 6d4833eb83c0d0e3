import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseInstant } from '../../adapters/feeds/price-file/values.ts';
import type { CheckOptions } from '../data/check.ts';
import { barDuration } from '../data/duration.ts';
import type { ExportOptions } from '../data/export.ts';
import type { ImportOptions } from '../data/import.ts';
import type { SpanOptions } from '../data/show.ts';
import {
  type ListOptions,
  integerBetween,
  withActor,
  withCommonOptions,
  withFormat,
  withOutput,
} from '../options.ts';

/** Parses a time: a day, or an instant with an offset; a time without one depends on the place. */
function dayOrInstant(text: string): string {
  const instant = parseInstant(text);
  if (instant !== null && instant.form !== 'local-time') return instant.time;
  throw new InvalidArgumentError(
    'it must be a real day as YYYY-MM-DD or an instant as YYYY-MM-DDThh:mm:ssZ.',
  );
}

function sha256(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('it must be 64 hex digits, as sha256sum prints them.');
}

function slug(text: string): string {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(text)) return text;
  throw new InvalidArgumentError(
    'it must be 1 to 63 of a-z, 0-9 and -, starting with a letter or digit.',
  );
}

/** `strategy-loop data …`. The work of each command is loaded when it is asked for. */
export function addDataCommands(program: Command): void {
  const data = program
    .command('data')
    .description('check, store and look at price data')
    .addHelpText('after', '\nExample:\n  strategy-loop data check prices.csv');
  addCheck(data);
  addImport(data);
  addList(data);
  addShow(data);
  addGaps(data);
  addExport(data);
}

function addCheck(data: Command): void {
  withOutput(data.command('check'))
    .description('read a price file by the reading policy, and say what is wrong with it')
    .argument(
      '<file>',
      'with date, open, high, low, close and volume: CSV, or Parquet when it ends in .parquet or .pq',
    )
    .addOption(
      new Option('--format <format>', 'if the name does not say it').choices(['csv', 'parquet']),
    )
    .option(
      '--now <time>',
      "the reader's clock: later rows are refused; now by default",
      dayOrInstant,
    )
    .option('--sha256 <hex>', 'the hash of the file that you mean: any other is refused', sha256)
    .addHelpText(
      'after',
      '\nNothing is stored and no server is needed. Exit codes: 0 accepted, perhaps with warnings; ' +
        '65 refused, or not readable.' +
        '\n\nExamples:\n  strategy-loop data check prices.csv' +
        '\n  strategy-loop data check prices.csv --json --now 2024-01-01',
    )
    .action(async (file: string, options: CheckOptions) => {
      const { checkFile } = await import('../data/check.ts');
      await checkFile(file, options);
    });
}

function addImport(data: Command): void {
  withActor(withCommonOptions(data.command('import')))
    .description('store the bars of a CSV or Parquet file; the same file again changes nothing')
    .argument('<file>', 'CSV, or Parquet when it ends in .parquet or .pq')
    .addOption(
      new Option('--series <id>', 'series to store them in; made when it is new')
        .argParser(slug)
        .makeOptionMandatory(),
    )
    .option('--duration <length>', 'how long one bar lasts: 1d, 4h, 15m; 1d if new', barDuration)
    .option('--instrument <id>', 'what is traded; named like the series if new', slug)
    .option('--name <name>', 'name of a new instrument')
    .addOption(
      new Option('--currency <code>', 'currency of a new instrument; USD by default').argParser(
        currency,
      ),
    )
    .option('--calendar <code>', 'exchange of a new instrument: XNYS (default), XNSE or XBOM')
    .addOption(
      new Option('--format <format>', 'if the name does not say it').choices(['csv', 'parquet']),
    )
    .option(
      '--now <time>',
      "the reader's clock: later rows are refused; now by default",
      dayOrInstant,
    )
    .option('--sha256 <hex>', 'the hash of the file that you mean: any other is refused', sha256)
    .addHelpText(
      'after',
      '\nAll of the file is stored or nothing. A bar with other values becomes its next revision. ' +
        'Exit codes: 0 stored; 65 the file is refused or an option contradicts the stored series.' +
        '\n\nExamples:\n  strategy-loop data import prices.csv --series acme-1d' +
        '\n  strategy-loop data import nifty.parquet --series nifty-1d --calendar XNSE --currency INR',
    )
    .action(async (file: string, options: ImportOptions) => {
      const { importFile } = await import('../data/import.ts');
      await importFile(file, options);
    });
}

function currency(text: string): string {
  if (/^[A-Z]{3}$/.test(text)) return text;
  throw new InvalidArgumentError('it must be three capital letters, such as USD.');
}

function addList(data: Command): void {
  withFormat(withCommonOptions(data.command('list')))
    .description('list the stored series')
    .addHelpText('after', '\nExample:\n  strategy-loop data list')
    .action(async (options: ListOptions) => {
      const { showSeriesList } = await import('../data/show.ts');
      await showSeriesList(options);
    });
}

function withSpan(command: Command): Command {
  return command
    .option('--from <time>', 'bars that open then or later', dayOrInstant)
    .option('--to <time>', 'bars that open before', dayOrInstant);
}

function addShow(data: Command): void {
  withFormat(withSpan(withCommonOptions(data.command('show'))))
    .description('show bars of a series: the newest, or those from --from on')
    .argument('<series>', 'see `data list`')
    .option('--limit <count>', 'how many at most', integerBetween(1, 100_000), 20)
    .addHelpText(
      'after',
      '\nExamples:\n  strategy-loop data show sp500-1d' +
        '\n  strategy-loop data show sp500-1d --from 2008-09-01 --to 2008-10-01 --json',
    )
    .action(async (series: string, options: SpanOptions & ListOptions & { limit: number }) => {
      const { showBars } = await import('../data/show.ts');
      await showBars(series, options);
    });
}

function addGaps(data: Command): void {
  withFormat(withCommonOptions(data.command('gaps')))
    .description('look for bars that the exchange calendar expects and the series lacks')
    .argument('<series>', 'see `data list`')
    .addHelpText(
      'after',
      '\nWhat is found is kept, with late bars and revisions. A holiday is no gap; see `calendar close` ' +
        'for days that no calendar foresaw.\n\nExamples:\n  strategy-loop data gaps sp500-1d' +
        '\n  strategy-loop data gaps sp500-1d --format csv',
    )
    .action(async (series: string, options: ListOptions) => {
      const { showGaps } = await import('../data/show.ts');
      await showGaps(series, options);
    });
}

function addExport(data: Command): void {
  withSpan(withCommonOptions(data.command('export')))
    .description('write a series to a file')
    .argument('<series>', 'see `data list`')
    .addOption(
      new Option('--format <format>', 'if the name does not say it').choices(['csv', 'parquet']),
    )
    .requiredOption('--out <file>', 'the file to write')
    .option('--force', 'replace the file if it exists', false)
    .addHelpText(
      'after',
      '\nExamples:\n  strategy-loop data export sp500-1d --out sp500.csv' +
        '\n  strategy-loop data export sp500-1d --out sp500.parquet --from 2010-01-01',
    )
    .action(async (series: string, options: ExportOptions) => {
      const { exportSeries } = await import('../data/export.ts');
      await exportSeries(series, options);
    });
}
