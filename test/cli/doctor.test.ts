import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { calendarChecks, judgeCalendars } from '../../cli/doctor/calendars.ts';
import { clockChecks, judgeOffset } from '../../cli/doctor/clock.ts';
import { judgeAddress, judgeUrl } from '../../cli/doctor/database.ts';
import { directoryChecks, judgeSpace } from '../../cli/doctor/directories.ts';
import { runChecks } from '../../cli/doctor/finding.ts';
import type { Finding } from '../../cli/doctor/finding.ts';
import { launcherChecks } from '../../cli/doctor/launchers.ts';
import {
  availableMemory,
  judgeGlibc,
  judgeMemory,
  judgeNode,
  machineChecks,
} from '../../cli/doctor/machine.ts';
import { programChecks } from '../../cli/doctor/programs.ts';
import { serverChecks } from '../../cli/doctor/servers.ts';
import type { OpenStore } from '../../cli/store.ts';
import { freePorts } from '../../infra/local/port.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';
import { openTestStore } from '../support/store.ts';
import type { TestStore } from '../support/store.ts';

const GIB = 2 ** 30;

function find(findings: readonly Finding[], name: string): Finding | undefined {
  return findings.find((finding) => finding.name === name);
}

describe('the machine', () => {
  it('is found fit where these tests run', async () => {
    const findings = await runChecks([...machineChecks(), ...programChecks()]);

    expect(findings.filter(({ state }) => state === 'fail')).toEqual([]);
    expect(find(findings, 'onnxruntime')?.text).toMatch(/^\d+\.\d+/);
  });

  it.each([
    ['v18.20.0', 'fail'],
    ['v20.18.3', 'fail'],
    ['v20.19.0', 'ok'],
    ['v24.0.0', 'ok'],
  ])('judges Node %s: %s', (version, state) => {
    expect(judgeNode(version).state).toBe(state);
  });

  it.each([
    [null, 'fail'],
    ['2.17', 'fail'],
    ['2.28', 'ok'],
    ['2.36', 'ok'],
  ])('judges glibc %s: %s', (version, state) => {
    expect(judgeGlibc(version).state).toBe(state);
  });

  it('reads the memory that programs can still get, not what is unused', () => {
    const text = 'MemTotal: 8000000 kB\nMemFree: 100000 kB\nMemAvailable:    4194304 kB\n';

    expect(availableMemory(text)).toBe(4 * GIB);
    expect([0.5, 2, 4].map((gib) => judgeMemory(gib * GIB).state)).toEqual(['fail', 'warn', 'ok']);
  });

  it('is told how to be mended wherever something is wrong', () => {
    const wrong = [judgeNode('v1.0.0'), judgeGlibc(null), judgeMemory(0), judgeSpace(0)];

    expect(wrong.map(({ mend }) => mend ?? '')).not.toContain('');
  });
});

describe('directories', () => {
  it('may be missing as long as they can be made', async () => {
    const data = join(await scratchDirectory('doctor'), 'a', 'b');

    const finding = find(await runChecks(directoryChecks(data)), 'data directory');

    expect(finding).toMatchObject({ state: 'ok', text: `${data} (will be made)` });
  });

  it('may not hold files of somebody else', async () => {
    const data = await scratchDirectory('doctor');
    await writeFile(join(data, 'thesis.txt'), 'mine');

    const finding = find(await runChecks(directoryChecks(data)), 'data directory');

    expect(finding).toMatchObject({ state: 'fail', mend: expect.stringContaining('--data-dir') });
  });

  it('may not be files, and should not be open to others', async () => {
    const folder = await scratchDirectory('doctor');
    const file = join(folder, 'file');
    const open = join(folder, 'open');
    await writeFile(file, '');
    await mkdir(open);
    await chmod(open, 0o777);

    const states = await Promise.all(
      [file, join(file, 'below'), open].map(async (path) => {
        return find(await runChecks(directoryChecks(path)), 'data directory')?.state;
      }),
    );

    expect(states).toEqual(['fail', 'fail', 'warn']);
  });

  it('need room', () => {
    expect([0.1, 2, 50].map((gib) => judgeSpace(gib * GIB).state)).toEqual(['fail', 'warn', 'ok']);
  });
});

describe('settings', () => {
  it('are told apart from nonsense, without repeating a password', () => {
    const wrong = judgeUrl('mysql://user:secret@host/db');

    expect([judgeUrl(''), judgeUrl('postgres://a:b@c/d')].map(({ state }) => state)).toEqual([
      'ok',
      'ok',
    ]);
    expect(wrong.state).toBe('fail');
    expect(JSON.stringify(wrong)).not.toContain('secret');
    expect(judgeAddress('localhost').state).toBe('fail');
    expect(judgeAddress('localhost:7233').state).toBe('ok');
  });
});

describe('clocks', () => {
  it.each([
    [0, 'ok'],
    [-900, 'ok'],
    [1_600, 'warn'],
    [-5_000, 'warn'],
    [31_000, 'fail'],
    [-3_600_000, 'fail'],
  ])('that are %d ms apart: %s', (offset, state) => {
    expect(judgeOffset(offset, 10).state).toBe(state);
  });

  it('are given the benefit of a slow answer', () => {
    expect(judgeOffset(1_500, 600).state).toBe('ok');
  });

  it('of a server that is an hour ahead are found out', async () => {
    const server = createServer((_request, response) => {
      response.setHeader('date', new Date(Date.now() + 3_600_000).toUTCString());
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const uiUrl = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    const stack = { uiUrl } as OpenStore['stack'];
    const pool = { query: () => Promise.resolve({ rows: [{ ms: Date.now() - 7_200_000 }] }) };
    const store = { pool, stack, address: 'test' } as unknown as OpenStore;

    const findings = await runChecks(clockChecks(store));
    server.close();

    expect(find(findings, "Temporal's clock")?.state).toBe('fail');
    expect(find(findings, "Postgres' clock")?.state).toBe('fail');
  });
});

describe('servers', () => {
  let store: TestStore;

  beforeEach(async () => {
    store = await openTestStore();
  });
  afterEach(() => store.close());

  async function look(): Promise<Finding[]> {
    const open = { pool: store.pool, stack: null, address: 'test' };
    return runChecks(serverChecks(await scratchDirectory('doctor'), open));
  }

  it('hold instruments of exchanges whose days to come are known', async () => {
    const judge = async () => {
      const open = { pool: store.pool, stack: null, address: 'test' };
      return find(await runChecks(calendarChecks(open)), 'exchange calendars');
    };
    expect(await judge()).toMatchObject({ state: 'ok' });
    const insert = `insert into instruments (instrument_id, name, currency, tick, lot, multiplier, calendar)
      values ($1, $1, 'USD', 0, 0, 1, $2)`;
    await store.pool.query(insert, ['old', 'XOLD']);

    expect(await judge()).toMatchObject({
      state: 'warn',
      text: expect.stringContaining('XOLD to nowhere: unknown'),
    });
    expect(judgeCalendars([['XNYS', '2027-12-31']], '2027-10-01').state).toBe('ok');
    expect(judgeCalendars([['XNYS', '2027-12-31']], '2027-11-15').state).toBe('warn');
  });

  it('are ok when the database is at this version', async () => {
    const findings = await look();

    expect(find(findings, 'database')).toMatchObject({ state: 'ok' });
    expect(find(findings, 'tables')).toMatchObject({ state: 'ok' });
  });

  it('fail when a migration is missing, or one is of a newer version', async () => {
    await store.pool.query(`delete from schema_migrations where name = '0004_status'`);
    const missing = find(await look(), 'tables');
    await store.pool.query(`insert into schema_migrations (name, run_on) values ('9999_x', now())`);
    const newer = find(await look(), 'tables');

    expect(missing).toMatchObject({ state: 'fail', text: expect.stringContaining('0004_status') });
    expect(newer).toMatchObject({ state: 'fail', text: expect.stringContaining('9999_x') });
  });
});

describe('runChecks', () => {
  it('turns a check that throws into a failed one', async () => {
    const look = (): Promise<never> => Promise.reject(new Error('boom'));

    expect(await runChecks([{ area: 'a', name: 'b', look }])).toMatchObject([
      { state: 'fail', text: 'boom', mend: expect.any(String) },
    ]);
  });
});

describe('the launchers', () => {
  const away = (): string => `tcp://127.0.0.1:${String(port)}`;
  let port = 0;
  const kept = { ...process.env };
  beforeAll(async () => {
    [port = 0] = await freePorts(1);
  });
  afterEach(() => {
    for (const name of ['DOCKER_HOST', 'STRATEGY_LOOP_LAUNCHER']) {
      if (kept[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = kept[name];
    }
  });

  async function findings(environment: Record<string, string>): Promise<Finding[]> {
    process.env['DOCKER_HOST'] = away();
    const directory = await scratchDirectory('launchers');
    const found = await runChecks(launcherChecks(directory, environment));
    expect(await readdir(directory)).toEqual([]);
    return found;
  }

  it('needs no Docker Engine where jobs are processes', async () => {
    const [docker] = await findings({});

    expect(docker).toMatchObject({ name: 'docker', state: 'ok' });
    expect(docker?.text).toContain('none is needed');
  });

  it('names the engine that does not answer where an image is to run in it', async () => {
    const [docker] = await findings({ STRATEGY_LOOP_IMAGE: 'loop:1', DOCKER_HOST: away() });

    expect(docker).toMatchObject({ state: 'fail' });
    expect(docker?.text).toContain(`127.0.0.1:${String(port)} does not answer`);
    expect(docker?.mend).toContain('DOCKER_HOST');
  });

  it('leaves a launcher that there is not to the check of the settings', async () => {
    process.env['STRATEGY_LOOP_LAUNCHER'] = 'bogus';

    expect((await findings({})).map(({ name }) => name)).toEqual(['docker']);
  });

  it('names what the launcher lacks that jobs are to run on', async () => {
    process.env['STRATEGY_LOOP_LAUNCHER'] = 'nomad';
    const nomad = find(await findings({ STRATEGY_LOOP_IMAGE: 'loop:1' }), 'nomad');

    expect(nomad).toMatchObject({ state: 'fail' });
    expect(nomad?.text).toContain('the nomad launcher needs NOMAD_ADDR; see docs/nomad.md');
  });
});
