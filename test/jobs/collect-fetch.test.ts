import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readBars } from '../../engine/bars-file.ts';
import { runJob } from '../../jobs/contract/run-job.ts';
import { JOB_CONTRACT } from '../../schemas/job.ts';
import { FetchResult, type FetchInput } from '../../schemas/jobs/collect.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const HEADER = 'date,open,high,low,close,volume';
const ROWS = [
  '2020-01-06,10,12,9,11,100',
  '2020-01-07,11,13,10,12,200',
  '2020-01-08,12,14,11,13,1',
];

let directory = '';

beforeEach(async () => {
  directory = await scratchDirectory('collect-fetch');
});

interface Outcome {
  readonly exitCode: number;
  readonly files: readonly string[];
  readonly message: string;
}

/** Runs the job as a launcher would, from directory to directory. */
async function fetchJob(input: FetchInput, csv: string | null = null): Promise<Outcome> {
  const [from, to] = [join(directory, 'in'), join(directory, 'out')];
  mkdirSync(from);
  mkdirSync(to);
  const files: Record<string, string> = {};
  if (csv !== null) {
    writeFileSync(join(from, 'feed.csv'), csv);
    files['feed.csv'] = createHash('sha256').update(csv).digest('hex');
  }
  const job = {
    contract: JOB_CONTRACT,
    jobName: 'job-1',
    jobType: 'collect/fetch',
    strategyId: 'rsi-macd',
    stage: 'collect',
    attempt: 1,
    files,
    input,
  };
  writeFileSync(join(from, 'input.json'), JSON.stringify(job));
  const exitCode = await runJob('collect/fetch', from, to, { log: () => {}, logError: () => {} });
  const names = readdirSync(to).sort();
  return { exitCode, files: names, message: names.includes('failure.json') ? failure(to) : '' };
}

function failure(output: string): string {
  const { message } = JSON.parse(readFileSync(join(output, 'failure.json'), 'utf8')) as {
    message: string;
  };
  return message;
}

function output(name: string): string {
  return readFileSync(join(directory, 'out', name), 'utf8');
}

function result(): FetchResult {
  const { result: found } = JSON.parse(output('result.json')) as { result: unknown };
  return FetchResult.parse(found);
}

function csvInput(some: Partial<FetchInput> = {}): FetchInput {
  return {
    feed: { kind: 'csv', file: 'feed.csv', originalName: 'sp500.csv' },
    from: null,
    to: '2021-01-01',
    now: '2026-01-01T00:00:00.000Z',
    ...some,
  };
}

describe('collect/fetch', () => {
  it('writes the S&P 500 bars before the end and reports on the whole feed', async () => {
    const input = csvInput({ feed: { kind: 'vega-datasets' }, to: '2012-01-01' });

    const { exitCode, files } = await fetchJob(input);

    expect(exitCode).toBe(0);
    expect(files).toEqual(['bars.csv', 'result.json']);
    const bars = readBars(output('bars.csv'));
    expect(bars[0]?.time).toBe('2000-01-03');
    expect(bars.at(-1)?.time).toBe('2011-12-30');
    expect(result()).toMatchObject({
      rows: bars.length,
      barsSha256: createHash('sha256').update(output('bars.csv')).digest('hex'),
      quality: { verdict: 'accept', rows: 5105, to: '2020-04-17' },
    });
  });

  it('cuts the span at both ends: from is wanted, to is not', async () => {
    const input = csvInput({ from: '2020-01-07', to: '2020-01-08' });

    await fetchJob(input, [HEADER, ...ROWS].join('\n'));

    expect(output('bars.csv')).toBe(
      'time,open,high,low,close,volume\n2020-01-07,11,13,10,12,200\n',
    );
  });

  it('answers with no rows when the feed has none in the span', async () => {
    const { exitCode } = await fetchJob(
      csvInput({ to: '2020-01-01' }),
      [HEADER, ...ROWS].join('\n'),
    );

    expect(exitCode).toBe(0);
    expect(result()).toMatchObject({ rows: 0, quality: { rows: 3 } });
  });

  it('accepts warnings and passes them on', async () => {
    await fetchJob(csvInput(), [HEADER, ...ROWS, '2020-02-03,12,14,11,13,1'].join('\n'));

    expect(result().quality).toMatchObject({
      verdict: 'accept-with-warning',
      problems: [{ code: 'gap', line: 5 }],
    });
  });

  it.each([
    [
      'high below low',
      [HEADER, ...ROWS, '2020-01-09,1410,1400,1420,1410,5'],
      'sp500.csv line 5, column "high": 1400 is below low 1420 (high-below-low). Correct the row or remove the file; nothing was stored.',
    ],
    [
      'a missing column',
      ['date,open,high,low,close', '2020-01-06,10,12,9,11'],
      'sp500.csv line 1, column "volume": there is no column volume (missing-column). Correct the file or remove it; nothing was stored.',
    ],
    [
      'NaN in two rows',
      [HEADER, '2020-01-06,NaN,12,9,11,1', '2020-01-07,10,NaN,9,11,1'],
      'sp500.csv line 2, column "open": "NaN" is not a number (not-a-number). 1 more problem. Correct the row or remove the file; nothing was stored.',
    ],
    [
      'a date three times',
      [HEADER, ...ROWS, ROWS[2] ?? '', ROWS[2] ?? ''],
      'sp500.csv line 5, column "date": 2020-01-08 stands in line 4 too (duplicate-timestamp). 1 more problem. Correct the row or remove the file; nothing was stored.',
    ],
  ])(
    'ends with 65 and one clear message for %s, and writes no bars',
    async (_what, lines, message) => {
      const outcome = await fetchJob(csvInput(), lines.join('\n'));

      expect(outcome).toEqual({ exitCode: 65, files: ['failure.json'], message });
    },
  );
});
