import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dataDirectoryLayout } from '../../infra/local/data-directory.ts';
import { isListening } from '../../infra/local/port.ts';
import type { LocalStack } from '../../infra/local/stack.ts';
import { packagePath } from '../package-path.ts';
import { workersOf } from '../health.ts';
import type { OpenStore } from '../store.ts';
import { suspendedServers, suspendedText } from '../suspended.ts';
import type { Check, Verdict } from './finding.ts';
import { fail, ok, warn } from './finding.ts';

/** Of `server_version_num`. */
const POSTGRES_MIN = 150_000;
/** What `strategy-loop up` takes unless told otherwise. */
const UP_PORTS = { Temporal: 7233, 'the Temporal UI': 8233 } as const;

/** The servers that run now, and the ports that `up` will want. */
export function serverChecks(dataDirectory: string, store: OpenStore | null): Check[] {
  const area = 'servers';
  const stack = store?.stack ?? null;
  const portChecks = Object.entries(UP_PORTS).map(([what, port]) => ({
    area,
    name: `port ${String(port)}`,
    look: () => lookAtPort(port, what, stack),
  }));
  const checks: Check[] = [{ area, name: 'stack', look: () => lookAtStack(dataDirectory, stack) }];
  if (store !== null) {
    checks.push(
      { area, name: 'database', look: () => lookAtDatabase(store) },
      { area, name: 'tables', look: () => lookAtTables(store) },
    );
  }
  const temporal = stack ?? givenTemporal();
  if (temporal !== null) {
    checks.push({
      area,
      name: 'Temporal server',
      look: async () => {
        const asleep = await suspendedServers(dataDirectory);
        const server = asleep.find(({ name }) => name === 'Temporal');
        if (server === undefined) return (await import('./temporal.ts')).lookAtTemporal(temporal);
        const { text, mend } = suspendedText(server);
        return fail(text, mend);
      },
    });
    checks.push({
      area,
      name: 'workers',
      look: async () => {
        const stopped = stack === null ? [] : workersOf(stack).stopped.map(String);
        if (stopped.length === 0) return (await import('./temporal.ts')).lookAtWorkers(temporal);
        return fail(
          `the worker of the stack is suspended (pid ${stopped.join(', ')}): it takes no work`,
          `wake it: kill -CONT ${stopped.join(' ')}`,
        );
      },
    });
  }
  return [...checks, ...portChecks];
}

function givenTemporal(): { temporalAddress: string; namespace: string } | null {
  const temporalAddress = process.env['TEMPORAL_ADDRESS'] ?? '';
  if (temporalAddress === '') return null;
  return { temporalAddress, namespace: process.env['TEMPORAL_NAMESPACE'] ?? 'default' };
}

function lookAtStack(dataDirectory: string, stack: LocalStack | null): Verdict {
  if (stack !== null) return ok(`runs, kept by process ${String(stack.ownerPid)}`);
  const { stackFile } = dataDirectoryLayout(dataDirectory);
  if (existsSync(stackFile)) {
    return warn(
      `${stackFile} names servers of which some are gone: a command was killed, or is just starting or stopping`,
      'start the loop again: it stops what was left behind',
    );
  }
  return ok('none runs on this data directory; `strategy-loop up` starts one');
}

async function lookAtDatabase({ pool, address }: OpenStore): Promise<Verdict> {
  const { rows } = await pool.query<{ version: string; number: string; mayCreate: boolean }>(
    `select current_setting('server_version') as version,
       current_setting('server_version_num') as number,
       has_database_privilege(current_database(), 'create')
         and has_schema_privilege('public', 'create') as "mayCreate"`,
  );
  const { version = '', number = '0', mayCreate = false } = rows[0] ?? {};
  const text = `Postgres ${version} at ${address}`;
  if (Number(number) < POSTGRES_MIN) return fail(`${text} is too old`, 'use Postgres 15 or later');
  if (!mayCreate) {
    return fail(
      `${text}: the user may not create tables`,
      'grant create on the database and on schema public',
    );
  }
  return ok(text);
}

/** Migrations are applied by the commands that start the loop, never by this one. */
async function lookAtTables({ pool }: OpenStore): Promise<Verdict> {
  const files = (await readdir(packagePath('adapters/postgres/migrations')))
    .filter((name) => name.endsWith('.sql'))
    .map((name) => name.replace(/\.sql$/, ''));
  const { rows: found } = await pool.query<{ there: boolean }>(
    `select to_regclass('schema_migrations') is not null as there`,
  );
  if (found[0]?.there !== true) {
    return warn(
      'the database holds no tables yet',
      'start the loop on it once: `strategy-loop up`',
    );
  }
  const { rows } = await pool.query<{ name: string }>('select name from schema_migrations');
  const applied = new Set(rows.map(({ name }) => name));
  const missing = files.filter((name) => !applied.has(name));
  const foreign = [...applied].filter((name) => !files.includes(name));
  if (foreign.length > 0) {
    return fail(
      `the tables are of a newer version (${foreign.join(', ')})`,
      'install that version',
    );
  }
  if (missing.length > 0) {
    return fail(
      `migrations are not applied: ${missing.join(', ')}`,
      'start the loop once: `strategy-loop up`',
    );
  }
  return ok(`${String(files.length)} of ${String(files.length)} migrations applied`);
}

async function lookAtPort(port: number, what: string, stack: LocalStack | null): Promise<Verdict> {
  if (!(await isListening(port))) return ok(`free for ${what}`);
  const isOurs = [stack?.temporalAddress ?? '', stack?.uiUrl ?? ''].some((address) =>
    address.endsWith(`:${String(port)}`),
  );
  if (isOurs) return ok(`${what} of the stack that runs`);
  if (stack !== null) return ok('taken by another program; the stack that runs has other ports');
  const option = port === UP_PORTS.Temporal ? '--temporal-port' : '--ui-port';
  return warn(
    `another program listens there; \`up\` wants it for ${what}`,
    `stop that program, or start with \`strategy-loop up ${option} <port>\``,
  );
}
