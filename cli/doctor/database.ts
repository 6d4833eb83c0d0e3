import { isDatabaseUrl } from '../../infra/local/database-url.ts';
import { LauncherKind } from '../../schemas/task-queue.ts';
import { findStore } from '../store.ts';
import type { OpenStore } from '../store.ts';
import { suspendedServers, suspendedText } from '../suspended.ts';
import type { Check } from './finding.ts';
import { fail, ok } from './finding.ts';

/** What the environment names, and the store that answers; null when none does. */
export async function openStoreToCheck(
  dataDirectory: string,
): Promise<{ readonly store: OpenStore | null; readonly checks: readonly Check[] }> {
  const area = 'settings';
  const checks: Check[] = [
    { area, name: 'DATABASE_URL', look: () => judgeUrl(process.env['DATABASE_URL'] ?? '') },
    {
      area,
      name: 'TEMPORAL_ADDRESS',
      look: () => judgeAddress(process.env['TEMPORAL_ADDRESS'] ?? ''),
    },
    { area, name: 'log level and launcher', look: judgeNames },
  ];
  if (judgeUrl(process.env['DATABASE_URL'] ?? '').state !== 'ok') return { store: null, checks };
  const asleep = (await suspendedServers(dataDirectory)).find(({ name }) => name === 'Postgres');
  if (asleep !== undefined) {
    const { text, mend } = suspendedText(asleep);
    const check: Check = { area: 'servers', name: 'database', look: () => fail(text, mend) };
    return { store: null, checks: [...checks, check] };
  }
  const store = await findStore(dataDirectory);
  if (store === null) return { store, checks };
  try {
    await store.pool.query('select 1');
    return { store, checks };
  } catch (error) {
    await store.pool.end();
    const reason = error instanceof Error ? error.message || String(error) : String(error);
    const look = (): ReturnType<typeof fail> =>
      fail(
        `${store.address} does not answer: ${reason}`,
        'start the server, or correct or unset DATABASE_URL',
      );
    return { store: null, checks: [...checks, { area: 'servers', name: 'database', look }] };
  }
}

/** @param url of DATABASE_URL; never repeated, because it holds a password. */
export function judgeUrl(url: string): ReturnType<typeof ok> {
  if (url === '') return ok('not set: the embedded Postgres is used');
  return isDatabaseUrl(url)
    ? ok('set: that server is used')
    : fail(
        'it is not a postgres:// URL',
        'set it to postgres://user:password@host:5432/database, or unset it',
      );
}

/** Settings that take one of some names; `up` refuses a wrong one. */
async function judgeNames(): Promise<ReturnType<typeof ok>> {
  const { LogLevel } = await import('../../workers/configuration.ts');
  const choices = {
    STRATEGY_LOOP_LOG_LEVEL: LogLevel.options,
    STRATEGY_LOOP_LAUNCHER: Object.values(LauncherKind),
  };
  const wrong = Object.entries(choices).filter(([name, known]) => {
    const value = process.env[name];
    return value !== undefined && !(known as readonly string[]).includes(value);
  });
  if (wrong.length === 0) return ok('as they must be, or not set');
  return fail(
    wrong.map(([name]) => `${name} is ${JSON.stringify(process.env[name])}`).join(', '),
    wrong
      .map(([name, known]) => `set ${name} to one of ${known.join(', ')}, or unset it`)
      .join('; '),
  );
}

export function judgeAddress(address: string): ReturnType<typeof ok> {
  if (address === '') return ok('not set: the embedded Temporal server is used');
  return /^[^\s:]+:\d+$/.test(address)
    ? ok(`set: ${address} is used`)
    : fail(`"${address}" is not host:port`, 'set it to host:7233, or unset it');
}
