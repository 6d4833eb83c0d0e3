import { execFileSync } from 'node:child_process';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { LauncherKind, TaskQueue } from '../../schemas/task-queue.ts';
import { containerOf, get, makeNomadPlace, put } from '../support/nomad-cluster.ts';
import type { NomadPlace } from '../support/nomad-cluster.ts';
import { openTestLoop, SEED, TEST_TIMING, until, YEAR_2012 } from '../support/loop.ts';
import type { TestLoop } from '../support/loop.ts';
import { textOf } from '../support/repository.ts';
import { startTcpRelay } from '../support/tcp-relay.ts';

const IMAGE = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? '';
const STRATEGY = 'rsi-macd';
const JOB_USER = 65_532;
const READY_MS_MAX = 120_000;

let place: NomadPlace;
let loop: TestLoop;
const closes: (() => Promise<unknown>)[] = [];

/** Address of this machine on the network that Docker gives containers by default. */
function hostAddress(): string {
  const format = '{{range .IPAM.Config}}{{.Gateway}}{{end}}';
  const words = ['network', 'inspect', 'bridge', '--format', format];
  return execFileSync('docker', words, { encoding: 'utf8' }).trim();
}

async function reachable(host: string, port: number): Promise<string> {
  const relay = await startTcpRelay({ target: { host, port }, host: '0.0.0.0' });
  closes.push(() => relay.close());
  return `${hostAddress()}:${String(relay.port)}`;
}

/** Nomad's API without the certificates, which the job's files do not bring into the container. */
async function plainNomad(): Promise<string> {
  const { address, tls } = place.worker;
  const { hostname: host, port, protocol } = new URL(address);
  const server: Server = createServer((client) => {
    const to = { host, port: Number(port) };
    const upstream = protocol === 'https:' ? connectTls({ ...to, ...tls }) : connect(to);
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  }).listen(0, '0.0.0.0');
  await once(server, 'listening');
  closes.push(() => new Promise((resolve) => server.close(resolve)));
  return `http://${hostAddress()}:${String((server.address() as AddressInfo).port)}`;
}

/** Registers one of infra/nomad's files, as `nomad job run` does. */
async function run(file: string, variables: Readonly<Record<string, string>>): Promise<string> {
  const lines = Object.entries(variables).map(([name, value]) => `${name} = "${value}"`);
  const job = await put<{ ID: string }>(place.admin, '/v1/jobs/parse', {
    JobHCL: textOf(`infra/nomad/${file}`),
    Variables: lines.join('\n'),
    Canonicalize: true,
  });
  await put(place.admin, '/v1/jobs', { Job: { ...job, Namespace: place.namespace } });
  return job.ID;
}

interface Allocation {
  readonly ID: string;
  readonly TaskGroup: string;
  readonly ClientStatus: string;
  readonly TaskStates: Readonly<Record<string, { readonly Events: readonly object[] }>> | null;
}

async function allocations(job: string): Promise<readonly Allocation[]> {
  return (await get<Allocation[]>(place.admin, `/v1/job/${job}/allocations`)) ?? [];
}

beforeAll(async () => {
  place = await makeNomadPlace();
  for (const folder of ['prices', 'artifacts', 'jobs-nomad']) {
    await mkdir(join(place.volume, folder));
    await chown(join(place.volume, folder), JOB_USER, JOB_USER);
  }
  await chown(place.volume, JOB_USER, JOB_USER);
});

afterAll(async () => {
  await place.remove();
  for (const close of closes) await close();
}, 120_000);

describe('infra/nomad/backtest.nomad.hcl', () => {
  it('runs a back-test for a dispatch', async () => {
    await writeFile(join(place.volume, 'prices', 'prices.csv'), somePrices());
    const id = await run('backtest.nomad.hcl', { image: IMAGE, shared: place.volume });

    const { DispatchedJobID } = await put<{ DispatchedJobID: string }>(
      place.admin,
      `/v1/job/${id}/dispatch`,
      { Meta: { strategy: STRATEGY, data: 'prices.csv' } },
    );

    const child = encodeURIComponent(DispatchedJobID);
    await until('the back-test has ended', async () =>
      (await allocations(child)).some(({ ClientStatus }) =>
        ['complete', 'failed'].includes(ClientStatus),
      ),
    );
    const [allocation] = await allocations(child);
    expect([allocation?.ClientStatus, allocation?.TaskStates?.['backtest']?.Events.at(-1)]).toEqual(
      ['complete', expect.anything()],
    );
  }, 60_000);
});

describe('infra/nomad/strategy-loop.nomad.hcl', () => {
  let id: string;

  beforeAll(async () => {
    loop = await openTestLoop();
    closes.push(() => loop.close());
    const { stack } = loop.session;
    const [host = '', port = ''] = stack.temporalAddress.split(':');
    const database = new URL(stack.databaseUrl);
    database.host = await reachable(database.hostname, Number(database.port));
    const token = await place.worker.token();
    const secrets = { store: { database_url: database.href }, launch: { launcher_token: token } };
    for (const [group, Items] of Object.entries(secrets)) {
      const path = `nomad/jobs/strategy-loop/${group}/worker`;
      await put(place.admin, `/v1/var/${path}`, { Path: path, Items });
    }
    id = await run('strategy-loop.nomad.hcl', {
      image: IMAGE,
      temporal_address: await reachable(host, Number(port)),
      nomad_address: await plainNomad(),
      shared: place.volume,
    });
    await until(
      'the workers of all roles are healthy',
      async () => {
        const all = await health(id);
        return all.length === 4 && all.every(Boolean);
      },
      READY_MS_MAX,
    );
  }, READY_MS_MAX + 60_000);

  it('trains, trades and goes on when its launch worker is lost in the middle', async () => {
    const { client, pool } = loop.session;
    await loop.firstRelease(STRATEGY, LauncherKind.Nomad);
    const workflowId = `cycle/${STRATEGY}/${YEAR_2012.from}_${YEAR_2012.to}`;
    const handle = await client.workflow.start('strategyCycle', {
      workflowId,
      taskQueue: TaskQueue.Workflows,
      args: [
        {
          strategyId: STRATEGY,
          window: YEAR_2012,
          clock: 'replay',
          seed: SEED,
          launcher: LauncherKind.Nomad,
          actor: 'test',
          timing: TEST_TIMING,
        },
      ],
    });
    await until('a job of the cycle runs', async () => (await jobsOfCycles()).includes('running'));
    execFileSync('docker', ['kill', (await containerOf(place, id, 'launch')) ?? ''], {
      stdio: 'ignore',
    });

    await handle.result();

    const { rows } = await pool.query<{ stage: string; attempts: number }>(
      `select s.stage, max(j.attempt)::int as attempts from stages s
       join job_runs j using (cycle_id, stage)
       where s.cycle_id = $1 and s.status = 'completed' group by s.stage`,
      [workflowId],
    );
    expect(rows.map(({ stage }) => stage).sort()).toEqual(
      ['collect', 'trade', 'analyze', 'retrain', 'roll-out'].sort(),
    );
    // The job that ran while its worker was lost was taken up again, not started again.
    expect(rows.filter(({ attempts }) => attempts !== 1)).toEqual([]);
    expect(await jobsOfCycles()).toEqual([]);
  }, 300_000);
});

/** @returns where each job stands that a launcher has registered. */
async function jobsOfCycles(): Promise<string[]> {
  const jobs = await get<{ ID: string; Type: string; Status: string }[]>(place.admin, '/v1/jobs');
  return (jobs ?? [])
    .filter(({ ID, Type }) => Type === 'batch' && !ID.startsWith('strategy-loop-backtest'))
    .map(({ Status }) => Status);
}

/** @returns of each worker that should run, whether Nomad's own checks found it healthy. */
async function health(id: string): Promise<boolean[]> {
  const all = await get<{ DeploymentStatus: { Healthy: boolean | null } | null }[]>(
    place.admin,
    `/v1/job/${id}/allocations`,
  );
  return (all ?? []).map(({ DeploymentStatus }) => DeploymentStatus?.Healthy === true);
}

function somePrices(): string {
  const rows = Array.from({ length: 400 }, (_, day) => {
    const price = 100 + 10 * Math.sin(day / 9);
    const date = new Date(Date.UTC(2020, 0, 1 + day)).toISOString().slice(0, 10);
    return `${date},${[price, price + 1, price - 1, price, 1000].map((one) => one.toFixed(2)).join(',')}`;
  });
  return ['date,open,high,low,close,volume', ...rows, ''].join('\n');
}
