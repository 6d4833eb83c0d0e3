import { once } from 'node:events';
import { chmod, mkdir, readFile, readdir, readlink, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { openDataDirectory } from '../../infra/local/data-directory.ts';
import type { DataDirectory } from '../../infra/local/data-directory.ts';
import { postgresBinaries } from '../../infra/local/postgres-binaries.ts';
import { startPostgres } from '../../infra/local/postgres-server.ts';
import type { PostgresServer } from '../../infra/local/postgres-server.ts';
import { removeDataDirectory } from '../../infra/local/remove-data-directory.ts';
import { PortInUseError } from '../../infra/local/server-error.ts';
import { until } from '../../infra/local/server-process.ts';
import { requireNoProcessOf } from '../support/left-behind.ts';
import { processesIn } from '../support/processes.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const isRoot = process.getuid?.() === 0;

let directory: string;
let layout: DataDirectory;
let running: PostgresServer[];

beforeEach(async () => {
  directory = await scratchDirectory('postgres');
  layout = await openDataDirectory(join(directory, 'data'));
  running = [];
});

afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()));
  requireNoProcessOf(directory);
});

async function start(port?: number): Promise<PostgresServer> {
  const server = await startPostgres({
    dataDirectory: layout,
    ...(port === undefined ? {} : { port }),
    onProgress: () => undefined,
  });
  running.push(server);
  return server;
}

async function query(server: PostgresServer, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: server.url });
  // A server that is killed on purpose breaks the connection.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text, rowMode: 'array' });
    return rows.flat();
  } finally {
    await client.end();
  }
}

describe('startPostgres', () => {
  it('keeps data over an orderly stop, and leaves no process', async () => {
    const first = await start();
    await query(first, 'create table kept as select 42 as answer');
    await first.stop();
    expect(processesIn(directory)).toEqual([]);

    const second = await start();

    expect(await query(second, 'select answer from kept')).toEqual([42]);
  });

  it('is durable, reachable from this machine only, and asks for the password', async () => {
    const server = await start();

    const settings = ['fsync', 'full_page_writes', 'synchronous_commit', 'listen_addresses'];
    const values = await Promise.all(settings.map((name) => query(server, `show ${name}`)));
    const { rows } = await withoutPassword(server);

    expect(values.flat()).toEqual(['on', 'on', 'on', '127.0.0.1']);
    expect(rows).toBe('password authentication failed for user "strategy_loop"');
    expect((await stat(layout.postgresPasswordFile)).mode & 0o777).toBe(0o600);
  });

  it('recovers what was committed when the server was killed', async () => {
    const first = await start();
    await query(first, 'create table kept as select 42 as answer');
    process.kill(first.process.pid, 'SIGKILL');

    const second = await start();

    expect(await query(second, 'select answer from kept')).toEqual([42]);
  });

  it('stops a server that was left behind and takes its place', async () => {
    const left = await start();
    const progress: string[] = [];

    const server = await startPostgres({
      dataDirectory: layout,
      port: left.port,
      onProgress: (text) => progress.push(text),
    });
    running.push(server);

    expect(progress).toEqual(['stopping the database server that an earlier command left behind']);
    expect(await query(server, 'select 1')).toEqual([1]);
  });

  it('does not believe a lock file whose pid belongs to somebody else now', async () => {
    const first = await start();
    const lockFile = join(layout.postgres, 'data', 'postmaster.pid');
    const lines = (await readFile(lockFile, 'utf8')).split('\n');
    await first.stop();
    await writeFile(lockFile, [String(process.pid), ...lines.slice(1)].join('\n'));
    await chmod(lockFile, 0o644);

    expect(await query(await start(), 'select 1')).toEqual([1]);
  });

  it('names the port that is in use and the way out', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;

    const starting = start(port);

    await expect(starting).rejects.toThrow(PortInUseError);
    await expect(starting).rejects.toThrow(
      `port ${String(port)} for the database (Postgres) is in use by another program`,
    );
    other.close();
  });

  const itHere = isRoot ? it : it.skip;
  const remark = isRoot ? '' : ' (skipped: only root starts it as another user)';
  itHere(
    `finds another place when its user cannot get to the data directory${remark}`,
    async () => {
      const home = join(directory, 'root');
      await mkdir(home, { mode: 0o700 });
      layout = await openDataDirectory(join(home, 'data'));
      const first = await start();
      await query(first, 'create table kept as select 42 as answer');
      await first.stop();

      const server = await start();

      const location = JSON.parse(await readFile(layout.postgresLocationFile, 'utf8')) as {
        directory: string;
      };
      expect(await query(server, 'select answer from kept')).toEqual([42]);
      expect(await readdir(location.directory)).toEqual(['data']);
      await server.stop();
      await removeDataDirectory(layout.root);
      await expect(stat(location.directory)).rejects.toThrow('ENOENT');
    },
  );
});

/** @returns the server's answer to somebody who does not know the password. */
async function withoutPassword(server: PostgresServer): Promise<{ rows: string }> {
  const url = new URL(server.url);
  url.password = 'guess';
  const client = new pg.Client({ connectionString: url.href });
  return client.connect().then(
    () => ({ rows: 'let in' }),
    (error: unknown) => ({ rows: (error as Error).message }),
  );
}

describe('postgresBinaries', () => {
  it('copies them once though two commands start at the same time, with their links', async () => {
    const before = process.env['STRATEGY_LOOP_CACHE'];
    process.env['STRATEGY_LOOP_CACHE'] = join(directory, 'cache');

    const [first, second] = await Promise.all([postgresBinaries(), postgresBinaries()]);
    if (before === undefined) {
      delete process.env['STRATEGY_LOOP_CACHE'];
    } else {
      process.env['STRATEGY_LOOP_CACHE'] = before;
    }

    expect(second).toEqual(first);
    const root = join(first.postgres, '..', '..');
    expect(await readdir(join(directory, 'cache', 'postgres'))).toHaveLength(1);
    expect(await readlink(join(root, 'lib', 'libpq.so.5'))).toMatch(/^libpq\.so\.5\.\d+$/);
    expect((await stat(first.postgres)).mode & 0o777).toBe(0o755);
    expect(await until(() => stat(first.initdb).then(() => true), 1_000)).toBe(true);
  });
});
