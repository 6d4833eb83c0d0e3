import { readdirSync } from 'node:fs';
import { readProcess, readProcFile } from '../adapters/launchers/process-table.ts';
import type { StorePool } from '../adapters/postgres/pool.ts';
import { isListening } from '../infra/local/port.ts';
import type { LocalStack } from '../infra/local/stack.ts';

/** What of the loop's servers answers. */
export interface Health {
  readonly postgres: { readonly ok: boolean; readonly ms: number };
  readonly temporal: {
    /** Null when no stack runs and TEMPORAL_ADDRESS is unset: there is none to ask. */
    readonly ok: boolean | null;
    readonly address: string | null;
  };
  readonly workers: {
    /** Null when they are not ours to see: `strategy-loop doctor` asks Temporal. */
    readonly ok: boolean | null;
    readonly pids: readonly number[];
  };
}

/**
 * Looks at the servers without Temporal's client, which alone would take longer to load than the
 * whole answer may take: whether Temporal accepts connections, and whether a worker process lives.
 */
export async function readHealth(pool: StorePool, stack: LocalStack | null): Promise<Health> {
  const startedAt = performance.now();
  await pool.query('select 1');
  const postgres = { ok: true, ms: Math.round(performance.now() - startedAt) };
  const address = stack?.temporalAddress ?? process.env['TEMPORAL_ADDRESS'] ?? '';
  if (address === '') {
    return { postgres, temporal: { ok: null, address: null }, workers: { ok: null, pids: [] } };
  }
  const { hostname, port } = new URL(`tcp://${address}`);
  const ok = await isListening(Number(port), hostname);
  const pids = stack === null ? [] : workersOf(stack.ownerPid);
  return {
    postgres,
    temporal: { ok, address },
    workers: { ok: stack === null ? null : pids.length > 0, pids },
  };
}

/** @returns the worker processes that the owner of a stack keeps running. */
function workersOf(owner: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const entry = readProcess(pid);
      return entry?.parent === owner && !entry.isZombie && isWorker(pid);
    });
}

function isWorker(pid: number): boolean {
  return readProcFile(pid, 'cmdline')?.includes('workers/embedded.js') === true;
}
