import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { freePorts } from '../../infra/local/port.ts';
import { packagePath } from '../../cli/package-path.ts';
import { firstDocument, startStrategyLoop } from '../support/command.ts';
import { until } from '../support/loop.ts';
import { strategyLoop, strategyLoopJson } from '../support/run-command.ts';
import type { CommandResult } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const BACKFILL = 'backfill/rsi-macd-spx';
const REPLAY = 'replay/ml-forecast/2012-01-01_P12M';

interface Runs {
  readonly runs: readonly { readonly run: string; readonly wanted: string }[];
}

interface Cycles {
  readonly cycles: readonly { readonly cycleId: string; readonly status: string }[];
}

describe('replays and back-fills while `up` runs', () => {
  let dataDirectory: string;
  let up: ChildProcess;
  let address: string;

  /** Runs a command until it has printed something, and does something then. */
  function watch(
    words: readonly string[],
    { when, act }: { readonly when: RegExp; readonly act: (pid: number) => void },
  ): Promise<CommandResult> {
    let hasActed = false;
    return strategyLoop([...words, '--data-dir', dataDirectory], {
      onOutput: (text, pid) => {
        if (hasActed || !when.test(text)) return;
        hasActed = true;
        act(pid);
      },
    });
  }

  const interrupt = (pid: number): void => {
    process.kill(pid, 'SIGINT');
  };

  async function openRuns(): Promise<string[]> {
    const { runs } = await strategyLoopJson<Runs>(dataDirectory, ['run', 'list']);
    return runs.map(({ run }) => run);
  }

  async function states(strategy: string): Promise<string[]> {
    const words = ['cycle', 'list', '--strategy', strategy];
    const { cycles } = await strategyLoopJson<Cycles>(dataDirectory, words);
    return cycles.map(({ status }) => status);
  }

  const backfill = [
    ...['schedule', 'backfill', '--strategy', 'rsi-macd-spx'],
    ...['--from', '2012-01-01', '--to', '2012-06-01'],
  ];
  const replay = ['replay', '--strategy', 'ml-forecast', '--cycles', '8'];

  beforeAll(async () => {
    dataDirectory = join(await scratchDirectory('long-runs'), 'data');
    const ports = await freePorts(2);
    const options = ['--temporal-port', String(ports[0]), '--ui-port', String(ports[1])];
    up = startStrategyLoop('up', ...options, '--data-dir', dataDirectory, '--json');
    ({ temporalAddress: address } = (await firstDocument(up)) as { temporalAddress: string });
    const file = packagePath('examples/strategies.yaml');
    await strategyLoop(['apply', '-f', file, '--yes', '--data-dir', dataDirectory]);
  }, 120_000);

  afterAll(async () => {
    if (up.exitCode !== null) return;
    up.kill('SIGINT');
    await once(up, 'exit');
  }, 60_000);

  it('go on after Ctrl-C, and the command says so in the same words', async () => {
    const first = await watch(backfill, { when: /: \d+ of \d+ windows/, act: interrupt });
    const second = await watch(replay, { when: /traded with release/, act: interrupt });

    for (const [result, run] of [
      [first, BACKFILL],
      [second, REPLAY],
    ] as const) {
      expect(result.exitCode).toBe(130);
      expect(result.stderr).toContain(`${run} goes on in the stack that is up`);
      expect(result.stderr).toContain(`strategy-loop run stop ${run} --data-dir ${dataDirectory}`);
    }
    expect(await openRuns()).toEqual([BACKFILL, REPLAY]);
  }, 120_000);

  it('are stopped by `run stop`, and leave the cycle that they are at alone', async () => {
    const before = (await states('ml-forecast')).length;
    const stopped = await strategyLoopJson<{ run: string }>(dataDirectory, ['run', 'stop', REPLAY]);

    expect(stopped.run).toBe(REPLAY);
    expect(await openRuns()).toEqual([BACKFILL]);
    await until('no cycle runs any more', async () =>
      (await states('ml-forecast')).every((status) => status === 'completed'),
    );
    // Would notice a replay that goes on: eight cycles were asked for.
    expect((await states('ml-forecast')).length).toBeLessThanOrEqual(before + 1);
  }, 120_000);

  it('leave the cycle that they are at alone also when Temporal is told to cancel them', async () => {
    await watch(replay, { when: /cycles? (is|are) kept from before/, act: interrupt });
    const connection = await Connection.connect({ address });
    const handle = new Client({ connection }).workflow.getHandle(REPLAY);
    await until('a cycle runs', async () => (await states('ml-forecast')).includes('running'));

    await handle.cancel();
    const ended = await handle.result().catch((error: unknown) => error);
    await connection.close();

    expect(ended).toBeInstanceOf(Error);
    await until('no cycle runs any more', async () =>
      (await states('ml-forecast')).every((status) => status !== 'running'),
    );
    // Would notice a cancellation that reaches the cycle: it would end as aborted.
    expect(new Set(await states('ml-forecast'))).toEqual(new Set(['completed']));
  }, 120_000);

  it('tell whoever watches that they were stopped, and by whom', async () => {
    const stops: Promise<unknown>[] = [];
    const result = await watch(backfill, {
      when: /: \d+ of \d+ windows/,
      act: () => {
        const words = ['run', 'stop', BACKFILL, '--reason', 'wrong span', '--actor', 'ada'];
        stops.push(strategyLoopJson(dataDirectory, words));
      },
    });
    await Promise.all(stops);

    expect(stops).toHaveLength(1);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain('stopped by ada: wrong span');
    const again = await strategyLoop(['run', 'stop', BACKFILL, '--data-dir', dataDirectory]);
    expect(again.exitCode).toBe(65);
    expect(again.stderr).toContain(
      `no replay, back-fill or scheduled start "${BACKFILL}" is under way; none is`,
    );
  }, 120_000);
});
