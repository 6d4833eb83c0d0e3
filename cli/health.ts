import { readdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { readProcess, readProcFile } from '../adapters/launchers/process-table.ts';
import type { StorePool } from '../adapters/postgres/pool.ts';
import { greetsHttp2 } from '../infra/local/port.ts';
import type { LocalStack } from '../infra/local/stack.ts';
import { suspendedServers } from './suspended.ts';

/** What of the loop's servers answers. */
export interface Health {
  readonly postgres: { readonly ok: boolean; readonly ms: number };
  readonly temporal: {
    /** Null when no stack runs and TEMPORAL_ADDRESS is unset: there is none to ask. */
    readonly ok: boolean | null;
    readonly address: string | null;
    /** Process id of the stack's server when it is suspended. */
    readonly suspendedPid: number | null;
  };
  /** Bytes that are free on the disk of the data directory; null for a database elsewhere. */
  readonly freeBytes: number | null;
  readonly workers: {
    /** Null when they are not ours to see: `strategy-loop doctor` asks Temporal. */
    readonly ok: boolean | null;
    readonly pids: readonly number[];
    /** Those of them that are suspended: they hold their place and take no work. */
    readonly stopped: readonly number[];
  };
}

/** A server that is there greets within a few ms; the whole answer may take 500. */
const GREETING_MS_MAX = 250;

const NONE_SEEN: Health['workers'] = { ok: null, pids: [], stopped: [] };

/**
 * Looks at the servers without Temporal's client, which alone would take longer to load than the
 * whole answer may take: whether Temporal greets, and whether a worker process lives.
 */
export async function readHealth(
  pool: StorePool,
  stack: LocalStack | null,
  dataDirectory: string,
): Promise<Health> {
  const startedAt = performance.now();
  await pool.query('select 1');
  const postgres = { ok: true, ms: Math.round(performance.now() - startedAt) };
  const freeBytes = stack === null ? null : await freeBytesOf(dataDirectory);
  const address = stack?.temporalAddress ?? process.env['TEMPORAL_ADDRESS'] ?? '';
  if (address === '') {
    const temporal = { ok: null, address: null, suspendedPid: null };
    return { postgres, temporal, freeBytes, workers: NONE_SEEN };
  }
  const { hostname, port } = new URL(`tcp://${address}`);
  const ok = await greetsHttp2(Number(port), hostname, GREETING_MS_MAX);
  const asleep = ok || stack === null ? [] : await suspendedServers(dataDirectory);
  const suspendedPid = asleep.find(({ name }) => name === 'Temporal')?.pid ?? null;
  const workers = stack === null ? NONE_SEEN : workersOf(stack);
  return { postgres, temporal: { ok, address, suspendedPid }, freeBytes, workers };
}

/** @returns the bytes that may still be written to the disk of a directory. */
export async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

/** @returns the worker processes that the owner of a stack keeps running. */
export function workersOf({ ownerPid }: LocalStack): Health['workers'] {
  const workers = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? [])
    .filter(({ pid, parent, isZombie }) => parent === ownerPid && !isZombie && isWorker(pid));
  const pids = workers.map(({ pid }) => pid);
  const stopped = workers.filter(({ isStopped }) => isStopped).map(({ pid }) => pid);
  return { ok: pids.length > stopped.length, pids, stopped };
}

function isWorker(pid: number): boolean {
  return readProcFile(pid, 'cmdline')?.includes('workers/embedded.js') === true;
}
