import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts } from '../../infra/local/port.ts';
import { until } from '../support/loop.ts';
import { strategyLoop } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

/** Kills the servers that a stack's record names. */
async function killServers(dataDirectory: string): Promise<void> {
  const text = await readFile(join(dataDirectory, 'stack.json'), 'utf8');
  const { servers } = JSON.parse(text) as { servers: { pid: number }[] };
  for (const { pid } of servers) process.kill(pid, 'SIGKILL');
}

async function untilReady(url: string): Promise<void> {
  await until(
    'the worker is ready',
    async () => {
      const answer = await fetch(`${url}/readyz`).catch(() => null);
      return answer?.status === 200;
    },
    60_000,
  );
}

describe('strategy-loop up', () => {
  it('starts servers again that are killed, says so, and its worker is ready again', async () => {
    const dataDirectory = join(await scratchDirectory('up-servers'), 'data');
    const [temporal, ui, metrics] = await freePorts(3);
    const url = `http://127.0.0.1:${String(metrics)}`;
    const options = [
      ...['--data-dir', dataDirectory, '--temporal-port', String(temporal)],
      ...['--ui-port', String(ui), '--metrics-port', String(metrics)],
    ];
    let isKilled = false;
    let isBack = false;
    const steps: Promise<void>[] = [];

    const result = await strategyLoop(['up', ...options], {
      onOutput: (text, pid) => {
        if (!isKilled && text.includes('Press Ctrl-C')) {
          isKilled = true;
          steps.push(untilReady(url).then(() => killServers(dataDirectory)));
        }
        if (!isBack && text.split('is up again').length === 3) {
          isBack = true;
          steps.push(untilReady(url).finally(() => process.kill(pid, 'SIGINT')));
        }
      },
    });
    await Promise.all(steps);

    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain(`${url}/metrics`);
    expect(result.stderr).toMatch(/Temporal died; starting it again in 0\.25 s \(1 of 5; see /);
    expect(result.stderr).toMatch(/Postgres\) died; starting it again in 0\.25 s \(1 of 5; see /);
  }, 180_000);
});
