import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../infra/local/port.ts';
import { openTestLoop, until, YEAR_2012 } from '../support/loop.ts';
import type { TestLoop, TestWorker } from '../support/loop.ts';
import { ROOT, textOf } from '../support/repository.ts';

const STRATEGY = 'rsi-macd';
const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;
const reason = hasPromtool ? '' : ' (skipped: no promtool on the PATH)';

/** One sample of the text format. */
interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads the text format strictly: whatever is neither a comment nor a sample is an error. */
function parse(text: string): Sample[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const found = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ([^ ]+)$/.exec(line);
      if (found === null) throw new Error(`not a sample: ${line}`);
      const [, name = '', inner = '', value = ''] = found;
      const pairs = [...inner.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
      return {
        name,
        labels: Object.fromEntries(pairs.map(([, key = '', text = '']) => [key, text])),
        value: value === '+Inf' ? Infinity : Number(value),
      };
    });
}

describe('the worker', () => {
  let loop: TestLoop;
  let worker: TestWorker;
  let url: string;
  let text: string;

  beforeAll(async () => {
    const [port = 0] = await freePorts(1);
    url = `http://127.0.0.1:${String(port)}`;
    loop = await openTestLoop();
    worker = await loop.startWorker({
      STRATEGY_LOOP_METRICS_ADDRESS: `127.0.0.1:${String(port)}`,
    });
    await loop.firstRelease(STRATEGY);
    const id = await loop.startCycle(STRATEGY, YEAR_2012);
    await loop.result(id);
    await until('the last lines are counted', async () => {
      text = await (await fetch(`${url}/metrics`)).text();
      return text.includes('strategy_loop_cycles{status="completed"} 2');
    });
  }, 120_000);

  afterAll(async () => {
    await loop.close();
  }, 60_000);

  const valueOf = (name: string, labels: Record<string, string> = {}): number | undefined =>
    parse(text).find(
      (sample) =>
        sample.name === name &&
        Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )?.value;

  it('gives its own metrics and those of Temporal in one scrape', () => {
    const names = new Set(parse(text).map(({ name }) => name));

    expect(valueOf('strategy_loop_worker_running')).toBe(1);
    expect(valueOf('strategy_loop_store_up')).toBe(1);
    expect(valueOf('strategy_loop_jobs_total', { stage: 'trade', outcome: 'succeeded' })).toBe(1);
    expect(valueOf('strategy_loop_job_seconds_count', { stage: 'trade' })).toBe(1);
    expect(valueOf('strategy_loop_jobs_running', { stage: 'trade' })).toBe(0);
    expect(valueOf('strategy_loop_activity_seconds_count', { activity: 'ingestTrade' })).toBe(1);
    expect(valueOf('strategy_loop_release_version', { strategy: STRATEGY })).toBe(1);
    expect(valueOf('strategy_loop_channel_generation', { strategy: STRATEGY })).toBe(1);
    expect(valueOf('strategy_loop_stages_waiting')).toBe(0);
    expect(valueOf('strategy_loop_pool_connections_max')).toBe(10);
    const end = valueOf('strategy_loop_last_completed_window_end_timestamp_seconds');
    expect(end).toBe(Date.parse('2013-01-01T00:00:00Z') / 1000);
    expect([...names].filter((name) => name.startsWith('temporal_'))).not.toEqual([]);
    expect(names).toContain('process_cpu_seconds_total');
  });

  it('has every metric that docs/metrics.md lists, with its type, and no other of its own', () => {
    const types = [...text.matchAll(/^# TYPE (strategy_loop_\w+) (\w+)$/gm)].map(
      ([, name = '', type = '']) => `${name} ${type}`,
    );
    const documented = [
      ...textOf('docs/metrics.md').matchAll(/^\| `(strategy_loop_\w+)` \| (\w+) \|/gm),
    ].map(([, name = '', type = '']) => `${name} ${type}`);

    expect(documented.sort()).toEqual(types.sort());
  });

  it('is alive and ready', async () => {
    const ready = await fetch(`${url}/readyz`);

    expect(await ready.json()).toMatchObject({
      ready: true,
      checks: [{ name: 'postgres' }, { name: 'temporal' }, { name: 'workers' }],
    });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  (hasPromtool ? describe : describe.skip)(`promtool${reason}`, () => {
    it('finds nothing wrong with the metrics', () => {
      const own = text
        .split('\n')
        .filter((line) => /^(# \w+ )?strategy_loop_/.test(line))
        .join('\n');

      const checked = spawnSync('promtool', ['check', 'metrics'], { input: `${own}\n` });

      expect(checked.stderr.toString() + checked.stdout.toString()).toBe('');
      expect(checked.status).toBe(0);
    });
  });

  it('logs cycle, stage, release, job, workflow and attempt on every line of an activity', async () => {
    const lines = (await readFile(join(loop.dataDirectory, 'logs', 'worker.log'), 'utf8'))
      .split('\n')
      // Every line is JSON, the first one, too: anything else would throw here.
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => 'activity' in line || 'activityType' in line);

    expect(lines.length).toBeGreaterThan(20);
    for (const line of lines) {
      expect(Object.keys(line)).toEqual(
        expect.arrayContaining([
          ...['cycleId', 'stage', 'releaseId', 'jobName', 'workflowId', 'attempt'],
        ]),
      );
    }
    const trade = lines.find(({ activity }) => activity === 'launchTrade');
    expect(trade).toMatchObject({
      cycleId: `cycle/${STRATEGY}/2012-01-01_2013-01-01`,
      stage: 'trade',
      jobName: expect.stringMatching(/^sl-trade-/) as string,
      attempt: 1,
    });
  });

  it('never logs the password of the database, also not after the database was away', async () => {
    const { password } = new URL(loop.session.stack.databaseUrl);
    const log = await readFile(join(loop.dataDirectory, 'logs', 'worker.log'), 'utf8');

    expect(password.length).toBeGreaterThan(8);
    expect(log).not.toContain(password);
    expect(worker.child.exitCode).toBeNull();
  });
});

describe('infra/prometheus/alerts.yml', () => {
  const alerts = textOf('infra/prometheus/alerts.yml');

  it('asks for documented metrics only', () => {
    const documented = textOf('docs/metrics.md');
    const asked = [...alerts.matchAll(/strategy_loop_\w+/g)].map(([name]) =>
      name.replace(/_(count|sum|bucket)$/, ''),
    );

    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((name) => !documented.includes(`\`${name}\``))).toEqual([]);
  });

  (hasPromtool ? describe : describe.skip)(`promtool${reason}`, () => {
    it('finds nothing wrong with the rules', () => {
      const checked = spawnSync('promtool', ['check', 'rules', 'infra/prometheus/alerts.yml'], {
        cwd: ROOT,
      });

      expect(checked.stderr.toString()).toBe('');
      expect(checked.status).toBe(0);
    });
  });
});
