import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeLargePriceFile, type LargePriceFile } from '../../bench/data/large-price-file.ts';
import { runMeasured } from '../../bench/data/peak-memory.ts';
import { runFetchJob } from '../../bench/data/run-fetch-job.ts';
import { packagePath } from '../../cli/package-path.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

/** Far more bars than fit into the heap that the programs below get. */
const BYTES = 30e6;
const HEAP = '--max-old-space-size=48';
const CHECK = packagePath('dist/cli/main.js');

/** Reads the whole file at once, as a careless program would. */
const WHOLE = `
  import { readFileSync } from 'node:fs';
  import { readPriceFile } from ${JSON.stringify(packagePath('dist/adapters/feeds/read-price-file.js'))};
  readPriceFile(readFileSync(process.argv[1]), { now: '2100-01-01' });
`;

describe('a price file larger than memory', () => {
  let directory: string;
  let file: LargePriceFile;

  beforeAll(async () => {
    directory = await scratchDirectory('large-file');
    file = await writeLargePriceFile(join(directory, 'prices.csv'), BYTES);
  }, 120_000);

  it('is checked', async () => {
    const words = ['data', 'check', file.path, '--json', '--now', '2100-01-01'];

    const { exitCode, stdout } = await runMeasured([HEAP, CHECK, ...words]);

    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ rows: file.rows, to: file.last });
  }, 300_000);

  it('is collected from', async () => {
    const job = join(directory, 'job');
    await mkdir(job);
    const from = `${file.last.slice(0, 10)}T00:00:00.000Z`;

    const { exitCode, stdout } = await runFetchJob(job, file, { from, flags: [HEAP] });

    expect(exitCode).toBe(0);
    expect(stdout).toContain('1440 bars');
  }, 300_000);

  it('would end a program that reads it whole', async () => {
    const script = ['--input-type=module', '-e', WHOLE, file.path];

    const { exitCode, stderr } = await runMeasured([HEAP, ...script]);

    expect(exitCode).not.toBe(0);
    expect(stderr).toContain('heap out of memory');
  }, 300_000);
});
