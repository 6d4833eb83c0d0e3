import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { freePorts } from '../../infra/local/port.ts';
import { removeDataDirectory } from '../../infra/local/remove-data-directory.ts';
import { PortInUseError, ServerUnavailableError } from '../../infra/local/server-error.ts';
import { until } from '../../infra/local/server-process.ts';
import { findRunningStack, startLocalStack } from '../../infra/local/stack.ts';
import type { LocalStack, StackOptions } from '../../infra/local/stack.ts';
import { StackAlreadyRunningError } from '../../infra/local/stack-lock.ts';
import { SearchAttribute } from '../../schemas/search-attribute.ts';
import { requireNoProcessOf } from '../support/left-behind.ts';
import { processesIn } from '../support/processes.ts';
import { typescriptArguments } from '../support/run-typescript.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

/** Nothing of the machine's own servers may get into these tests. */
const ENVIRONMENT = { PATH: process.env['PATH'] ?? '' };

let directory: string;
let dataDirectory: string;

beforeEach(async () => {
  directory = await scratchDirectory('stack');
  dataDirectory = join(directory, 'data');
});

afterEach(() => {
  requireNoProcessOf(directory);
});

function start(more: Partial<StackOptions> = {}): Promise<LocalStack> {
  return startLocalStack({
    dataDirectory,
    environment: ENVIRONMENT,
    onProgress: () => undefined,
    ...more,
  });
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text, rowMode: 'array' });
    return rows.flat();
  } finally {
    await client.end();
  }
}

async function withTemporal<T>(
  stack: LocalStack,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = await Connection.connect({ address: stack.temporalAddress });
  try {
    return await work(new Client({ connection, namespace: stack.namespace }));
  } finally {
    await connection.close();
  }
}

describe('startLocalStack', () => {
  it('starts everything, is found by others, keeps others out, and stops without a trace', async () => {
    const stack = await start();

    const found = await findRunningStack(dataDirectory);
    const shown = { stop: null, givenUp: null };
    expect({ ...found, ...shown }).toEqual({ ...stack, ...shown });
    await expect(start()).rejects.toThrow(StackAlreadyRunningError);
    await expect(start()).rejects.toThrow(`in use by process ${String(process.pid)}`);
    await found?.stop();
    expect(await query(stack.databaseUrl, 'select current_database()')).toEqual(['strategy_loop']);
    expect((await fetch(String(stack.uiUrl))).status).toBe(200);
    const attributes = await withTemporal(stack, ({ connection }) =>
      (connection as unknown as Connection).operatorService.listSearchAttributes({
        namespace: 'default',
      }),
    );
    expect(Object.keys(attributes.customAttributes)).toEqual(
      expect.arrayContaining(Object.values(SearchAttribute)),
    );
    expect((await stat(join(dataDirectory, 'stack.json'))).mode & 0o777).toBe(0o600);

    await stack.stop();
    await stack.stop();

    expect(processesIn(directory)).toEqual([]);
    expect(await findRunningStack(dataDirectory)).toBeNull();
  });

  it('starts again after its owner was killed, and has its data still', async () => {
    const owner = await startElsewhere();
    const before = await findRunningStack(dataDirectory);
    await query(String(before?.databaseUrl), 'create table kept as select 42 as answer');
    await withTemporal(before as LocalStack, (client) =>
      client.workflow.start('anything', { taskQueue: 'nobody', workflowId: 'kept' }),
    );
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    expect(processesIn(directory)).not.toEqual([]);
    expect(await findRunningStack(dataDirectory)).toBeNull();

    const progress: string[] = [];
    const stack = await start({ onProgress: (text) => progress.push(text) });

    expect(progress).toHaveLength(2);
    expect(await query(stack.databaseUrl, 'select answer from kept')).toEqual([42]);
    const description = await withTemporal(stack, (client) =>
      client.workflow.getHandle('kept').describe(),
    );
    expect(description.status.name).toBe('RUNNING');
    await stack.stop();
  });

  it('is stopped when its owner is interrupted, while it comes up and later', async () => {
    const early = spawnOwner();
    const hasLog = (): Promise<boolean> =>
      stat(join(dataDirectory, 'logs', 'temporal.log')).then(
        () => true,
        () => false,
      );
    expect(await until(hasLog, 20_000)).toBe(true);
    early.kill('SIGINT');
    expect(await once(early, 'exit')).toEqual([null, 'SIGINT']);
    expect(processesIn(directory)).toEqual([]);

    const late = await startElsewhere();
    late.kill('SIGTERM');
    expect(await once(late, 'exit')).toEqual([null, 'SIGTERM']);
    expect(processesIn(directory)).toEqual([]);
  });

  it('is not pulled away from under its owner, and its leftovers go with the directory', async () => {
    const owner = await startElsewhere();
    const removing = removeDataDirectory(dataDirectory);
    await expect(removing).rejects.toThrow(StackAlreadyRunningError);
    await expect(removing).rejects.toThrow(`in use by process ${String(owner.pid)}`);
    owner.kill('SIGKILL');
    await once(owner, 'exit');

    await removeDataDirectory(dataDirectory);

    expect(processesIn(dataDirectory)).toEqual([]);
    await expect(stat(dataDirectory)).rejects.toThrow('ENOENT');
  });

  it.each(['temporal', 'temporalUi', 'postgres'] as const)(
    'refuses a %s port that is in use, and stops what it has started',
    async (name) => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;

      const starting = start({ ports: { [name]: port } });

      await expect(starting).rejects.toThrow(PortInUseError);
      await expect(starting).rejects.toThrow(`port ${String(port)} for `);
      expect(processesIn(directory)).toEqual([]);
      other.close();
    },
  );

  it('uses the servers that the environment names and leaves them alone', async () => {
    const theirs = await start();
    const environment = {
      ...ENVIRONMENT,
      DATABASE_URL: theirs.databaseUrl,
      TEMPORAL_ADDRESS: theirs.temporalAddress,
    };

    const stack = await start({ dataDirectory: join(directory, 'other'), environment });
    await stack.stop();

    expect(stack).toMatchObject({
      databaseUrl: theirs.databaseUrl,
      temporalAddress: theirs.temporalAddress,
      namespace: 'default',
      uiUrl: null,
    });
    expect(await query(theirs.databaseUrl, 'select 1')).toEqual([1]);
    await theirs.stop();
  });

  it('says which server of the environment does not answer, without its password', async () => {
    const [port = 0] = await freePorts(1);
    const address = `127.0.0.1:${String(port)}`;
    const database = start({
      environment: { ...ENVIRONMENT, DATABASE_URL: `postgres://me:secret@${address}/loop` },
    });
    await expect(database).rejects.toThrow(ServerUnavailableError);
    await expect(database).rejects.toThrow(
      `DATABASE_URL names (${address}/loop) cannot be reached`,
    );
    await expect(database).rejects.not.toThrow('secret');
    const temporal = start({ environment: { ...ENVIRONMENT, TEMPORAL_ADDRESS: address } });
    await expect(temporal).rejects.toThrow(ServerUnavailableError);
    await expect(temporal).rejects.toThrow(`TEMPORAL_ADDRESS names (${address}`);
  });
});

describe('findRunningStack', () => {
  it('does not believe a record whose processes are others now', async () => {
    const stack = await start();
    const file = join(dataDirectory, 'stack.json');
    const record = await readFile(file, 'utf8');
    await stack.stop();
    expect(await findRunningStack(dataDirectory)).toBeNull();

    // The owner still lives, but the servers do not.
    await writeFile(file, record);

    expect(await findRunningStack(dataDirectory)).toBeNull();
  });
});

/** Starts a stack from a process of its own and waits until it is up. */
async function startElsewhere(): Promise<ChildProcess> {
  const child = spawnOwner();
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  expect(line).toBe('up');
  return child;
}

function spawnOwner(): ChildProcess & { readonly stdout: Readable } {
  const source = new URL('../../infra/local/stack.ts', import.meta.url).href;
  const options = { dataDirectory, environment: ENVIRONMENT };
  const script = `
    import { startLocalStack } from ${JSON.stringify(source)};
    await startLocalStack({ ...${JSON.stringify(options)}, onProgress: () => undefined });
    console.log('up');
    setInterval(() => undefined, 1000);
  `;
  const args = [...typescriptArguments(), '--input-type=module', '-e', script];
  return spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
}
