import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { listFacts } from '../../adapters/postgres/bar-facts.ts';
import { csvSettings } from '../../cli/defaults.ts';
import { packagePath } from '../../cli/package-path.ts';
import { retrainId } from '../../schemas/ids.ts';
import type { RetrainNowInput } from '../../schemas/payload.ts';
import { LauncherKind, TaskQueue } from '../../schemas/task-queue.ts';
import { openTestLoop, SEED, TEST_TIMING } from '../support/loop.ts';
import type { TestLoop } from '../support/loop.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const SP500 = readFileSync(packagePath('node_modules/vega-datasets/data/sp500-2000.csv'), 'utf8');
const LATE = '2012-01-10';
const REVISED = '2012-01-12';
const OLD = '2011-11-15';

/** The file up to a day, without a row, and with other volumes of some days. */
function upTo(day: string, without: string, revised: readonly string[] = []): string {
  const [head = '', ...rows] = SP500.trim().split('\n');
  const kept = rows.filter((row) => row.slice(0, 10) < day && !row.startsWith(without));
  const changed = kept.map((row) =>
    revised.includes(row.slice(0, 10)) ? row.replace(/[^,]+$/, '1') : row,
  );
  return `${[head, ...changed].join('\n')}\n`;
}

describe('a feed that corrects itself', () => {
  let loop: TestLoop;
  let feed: string;

  beforeAll(async () => {
    loop = await openTestLoop();
    feed = join(await scratchDirectory('feed'), 'prices.csv');
    await loop.startWorker();
  }, 60_000);
  afterAll(() => loop.close(), 60_000);

  /** Collects up to a day. @returns the dataset that was made. */
  async function collect(requestId: string, to: string): Promise<string | null> {
    const settings = csvSettings('rsi-macd', feed);
    await loop.register(settings);
    const input: RetrainNowInput = {
      ...{ strategyId: 'rsi-macd', requestId, trainer: {}, seed: SEED, rollOut: false },
      ...{ launcher: LauncherKind.Process, actor: 'test', timing: TEST_TIMING },
      trainWindow: { from: '2008-01-01', to },
    };
    const id = retrainId('rsi-macd', requestId);
    await loop.session.client.workflow.execute('retrainNow', {
      workflowId: id,
      taskQueue: TaskQueue.Workflows,
      args: [input],
    });
    const { rows } = await loop.session.pool.query<{ id: string | null }>(
      'select dataset_id as id from cycles where cycle_id = $1',
      [id],
    );
    return rows[0]?.id ?? null;
  }

  it('is believed for its newest bars, and what it changed is kept as facts', async () => {
    await writeFile(feed, upTo('2012-01-21', LATE));
    const before = await collect('before', '2012-01-21');
    const { seriesId } = csvSettings('rsi-macd', feed);
    const known = await listFacts(loop.session.pool, seriesId, ['gap']);

    await writeFile(feed, upTo('2012-01-28', 'no row', [REVISED, OLD]));
    const after = await collect('after', '2012-01-28');

    const facts = await listFacts(loop.session.pool, seriesId, ['gap', 'late-bar', 'revision']);
    expect(known.map(({ time, filledAt }) => [time, filledAt])).toEqual([[LATE, null]]);
    expect(facts.map(({ kind, time, filledAt }) => [kind, time, filledAt !== null])).toEqual([
      ['gap', LATE, true],
      ['late-bar', LATE, false],
      // What is older than thirty days is not read again: an import brings it.
      ['revision', REVISED, false],
    ]);
    expect(after).not.toBe(before);
  }, 60_000);
});
