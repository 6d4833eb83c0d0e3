import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { StorePool } from '../adapters/postgres/pool.ts';
import type { HealthSources } from './health.ts';
import type { WorkerMetrics } from './metrics.ts';
import type { RunningWorkers } from './run-workers.ts';

const LOOPBACK = '127.0.0.1';
const SCRAPE_MS_MAX = 2_000;

/** @returns host:port of a port of this machine that is free now, for Temporal's own metrics. */
export async function freeAddress(): Promise<string> {
  const server = createServer();
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `${LOOPBACK}:${String(port)}`;
}

/**
 * What a worker tells about itself: its own metrics and those of Temporal's part in one answer, and
 * whether Temporal and, where it has one, its database are reachable and its workers take work.
 */
export function healthSources(
  pool: StorePool | null,
  workers: RunningWorkers,
  metrics: WorkerMetrics,
  coreMetricsAddress: string | null,
): HealthSources {
  return {
    async metrics() {
      const [own, core] = await Promise.all([metrics.text(), coreMetrics(coreMetricsAddress)]);
      return own + core;
    },
    checks: [
      ...(pool === null ? [] : [{ name: 'postgres', run: () => pool.query('select 1') }]),
      { name: 'temporal', run: workers.askTemporal },
      {
        name: 'workers',
        run: () =>
          workers.isRunning() ? Promise.resolve() : Promise.reject(new Error('they take no work')),
      },
    ],
  };
}

/** Temporal's part serves its metrics on a port of its own; without an answer there are none. */
async function coreMetrics(address: string | null): Promise<string> {
  if (address === null) return '';
  try {
    const response = await fetch(`http://${address}/metrics`, {
      signal: AbortSignal.timeout(SCRAPE_MS_MAX),
    });
    return await response.text();
  } catch {
    return '';
  }
}
