import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import Docker from 'dockerode';
import { containerName } from '../../adapters/launchers/docker-container.ts';
import { ensureProxy, proxyName } from '../../adapters/launchers/docker-network.ts';
import { createDockerLauncher } from '../../adapters/launchers/docker.ts';
import { JOB_USER } from '../../adapters/launchers/job-user.ts';
import { NotStartedError } from '../../adapters/launchers/launcher.ts';
import type { Launcher, LaunchSpec } from '../../adapters/launchers/launcher.ts';
import { JOB_PROGRAM } from '../../workers/docker-jobs.ts';
import { dockerNetwork, dockerSecurity } from '../../workers/docker-settings.ts';
import { freePorts } from '../../infra/local/port.ts';
import { runCollect } from '../support/collect-job.ts';
import { describeWhere } from '../support/describe-where.ts';
import { NO_OPENSSL, startHttpsServer } from '../support/https-server.ts';
import type { HttpsServer } from '../support/https-server.ts';
import { aSpec, runJob, waitFor } from '../support/launcher-contract.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const IMAGE = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? '';
const CSV = 'date,open,high,low,close,volume\n2020-01-06,10,12,9,11,100\n';
const docker = new Docker();

let directory: string;
let server: HttpsServer;
/** Network through which the proxies get out, and this machine as they reach it there. */
let outside: string;
let machine: string;
let host: string;

beforeAll(async () => {
  // The jobs' directory holds jobs and nothing else.
  const scratch = await scratchDirectory('docker-network');
  directory = join(scratch, 'jobs');
  const network = await docker.createNetwork({
    Name: `strategy-loop-test-${randomUUID().slice(0, 8)}`,
    Driver: 'bridge',
  });
  outside = network.id;
  const { IPAM } = await docker.getNetwork(outside).inspect();
  machine = IPAM?.Config?.[0]?.Gateway ?? '';
  server = await startHttpsServer(scratch, [machine], (_, response) => response.end(CSV));
  host = `${machine}:${String(server.port)}`;
});

afterAll(async () => {
  for (const { jobName } of await create().list()) {
    await create().cancel(jobName);
    await create().remove(jobName);
  }
  await docker.getNetwork(outside).remove();
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

/** Tries of a job that may reach one host: each prints its name and what came of it. */
const TRIES = `
  const net = require('node:net'), http = require('node:http'), dns = require('node:dns/promises');
  const [machine, port] = process.argv.slice(1);
  const proxy = { host: 'proxy', port: 3128 };
  const reach = (host, port) => new Promise((resolve) => {
    const socket = net.connect({ host, port: Number(port), timeout: 3000 });
    socket.on('connect', () => resolve('reached')).on('error', (e) => resolve(e.code)).on('timeout', () => resolve('silence'));
  });
  const ask = (options) => new Promise((resolve) => {
    const asked = http.request({ ...proxy, ...options });
    asked.on('connect', (r) => resolve(r.statusCode)).on('response', (r) => resolve(r.statusCode)).on('error', (e) => resolve(e.code));
    asked.end();
  });
  (async () => {
    const { address } = await dns.lookup('proxy');
    const neighbour = address.replace(/\\d+$/, '1');
    const tries = {
      proxy: await reach('proxy', 3128),
      direct: await reach(machine, port),
      gateway: await reach(neighbour, port),
      public: await reach('1.1.1.1', 443),
      name: await dns.lookup('example.com').then(() => 'found', (e) => 'not found'),
      listed: await ask({ method: 'CONNECT', path: machine + ':' + port }),
      other: await ask({ method: 'CONNECT', path: 'example.com:443' }),
      otherPort: await ask({ method: 'CONNECT', path: machine + ':22' }),
      plain: await ask({ path: 'http://' + machine + '/' }),
    };
    console.log(JSON.stringify(tries));
    process.exit(0);
  })();
`;

function create(
  environment: Record<string, string> = { STRATEGY_LOOP_FEED_PRIVATE_HOSTS: host },
): Launcher {
  return createDockerLauncher({
    docker,
    directory,
    image: IMAGE,
    command: (jobType) => {
      if (jobType === 'tries') return ['node', '-e', TRIES, machine, String(server.port)];
      if (jobType === 'idle') return ['sleep', '600'];
      return ['node', JOB_PROGRAM, jobType];
    },
    security: dockerSecurity({}),
    network: dockerNetwork({
      STRATEGY_LOOP_DOCKER_NETWORK: outside,
      STRATEGY_LOOP_FEED_CERTIFICATES: server.certificateFile,
      ...environment,
    }),
  });
}

function withHosts(jobType: string, hosts: readonly string[] = [host]): LaunchSpec {
  return { ...aSpec(jobType), hosts };
}

/** Containers and networks of this test that still stand. */
async function leftOver(): Promise<string[]> {
  const filters = { label: [`strategy-loop.directory=${directory}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const networks = await docker.listNetworks({ filters });
  return [...containers.flatMap(({ Names }) => Names), ...networks.map(({ Name }) => Name)];
}

describeWhere(NO_OPENSSL, 'a job that may reach a host', () => {
  it('reads its feed through the proxy, which is gone when it ends', async () => {
    const spec = withHosts('collect/fetch');

    const { exitCode, text } = await runCollect(create(), spec, host);

    expect([exitCode, text]).toEqual([0, expect.stringContaining('2020-01-06,10,12,9,11,100')]);
    expect(server.asked).toEqual(['/prices.csv']);
    expect(await leftOver()).toEqual([`/${containerName(join(directory, spec.jobName))}`]);
  });

  it('reaches nothing but that host, and that only through the proxy', async () => {
    const [launcher, spec] = [create(), withHosts('tries')];

    await runJob(launcher, spec);

    const log = (await launcher.logs(spec.jobName)).toString();
    const [own = '', proxys] = log.split('--- log of the feed proxy ---\n');
    expect(proxys).toMatch(/refused CONNECT example\.com:443: .* is not on the list/);
    expect(JSON.parse(own)).toEqual({
      proxy: 'reached',
      direct: expect.stringMatching(/^(ENETUNREACH|EHOSTUNREACH|silence)$/) as string,
      gateway: expect.stringMatching(/^(ENETUNREACH|EHOSTUNREACH|silence)$/) as string,
      public: expect.stringMatching(/^(ENETUNREACH|EHOSTUNREACH|silence)$/) as string,
      name: 'not found',
      listed: 200,
      other: 403,
      otherPort: 403,
      plain: 405,
    });
  });

  it.each([
    ['a host that the proxy does not know', { hosts: ['example.com:443'], allowed: true }],
    ['a private address that nobody has allowed', { hosts: null, allowed: false }],
  ])('is refused %s', async (_, { hosts, allowed }) => {
    const launcher = allowed ? create() : create({});

    const end = await runCollect(launcher, withHosts('collect/fetch', hosts ?? [host]), host);

    expect(end.exitCode).toBe(65);
    expect(end.text).toMatch(/is refused by the proxy: Proxy response \(403\)/);
  });

  it('says where the reason is when the proxy does not get to the host', async () => {
    const [dead = 0] = await freePorts(1);
    const closed = `${machine}:${String(dead)}`;
    const launcher = create({ STRATEGY_LOOP_FEED_PRIVATE_HOSTS: closed });
    const spec = withHosts('collect/fetch', [closed]);

    const { exitCode, text } = await runCollect(launcher, spec, closed);

    expect(exitCode).toBe(75);
    expect(text).toMatch(/the proxy did not get there: Proxy response \(502\).* in its log/);
    expect((await launcher.logs(spec.jobName)).toString()).toMatch(/ECONNREFUSED/);
  });

  it.each([
    ['a network that is not there', { STRATEGY_LOOP_DOCKER_NETWORK: 'no-such-net' }, /_NETWORK/],
    ['a file that is not there', { STRATEGY_LOOP_FEED_CERTIFICATES: '/none/ca.pem' }, /_CERTIF/],
  ])('is not started with %s, and leaves nothing behind', async (_, environment, way) => {
    const spec = withHosts('idle');

    const error: unknown = await create(environment)
      .ensure(spec)
      .catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(NotStartedError);
    expect(String(error)).toMatch(way);
    expect((await leftOver()).filter((name) => name.includes(spec.jobName))).toEqual([]);
  });

  it('is alone with its proxy, which is as confined as a job', async () => {
    const [launcher, spec] = [create(), withHosts('idle')];
    await launcher.ensure(spec);

    const job = await docker.getContainer(containerName(join(directory, spec.jobName))).inspect();
    const proxy = await docker.getContainer(proxyName(join(directory, spec.jobName))).inspect();
    const network = await docker.getNetwork(job.HostConfig.NetworkMode ?? '').inspect();
    await launcher.cancel(spec.jobName);

    expect(network.Internal).toBe(true);
    expect(Object.keys(network.Containers ?? {}).sort()).toEqual([job.Id, proxy.Id].sort());
    expect(Object.keys(job.NetworkSettings.Networks)).toHaveLength(1);
    expect(proxy.Config.User).toBe('65532:65532');
    expect(proxy.Mounts).toEqual([]);
    const profile = dockerSecurity({}).seccomp ?? '';
    for (const { HostConfig } of [job, proxy]) {
      expect(HostConfig).toMatchObject({
        ReadonlyRootfs: true,
        Privileged: false,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges', `seccomp=${profile}`],
        Ulimits: expect.arrayContaining([
          expect.objectContaining({ Name: 'core', Hard: 0 }),
        ]) as unknown,
      });
      expect(HostConfig.PortBindings ?? {}).toEqual({});
    }
  });

  it('has one proxy though many workers start it at the same time', async () => {
    const spec = withHosts('idle');
    const launchers = Array.from({ length: 6 }, () => create());

    await Promise.all(launchers.map((launcher) => launcher.ensure(spec)));

    const standing = (await leftOver()).filter((name) => name.includes(spec.jobName));
    expect(standing.sort()).toEqual([
      `/${containerName(join(directory, spec.jobName))}`,
      `/${proxyName(join(directory, spec.jobName))}`,
      expect.stringMatching(`^strategy-loop-${spec.jobName}-[0-9a-f]{8}$`),
    ]);
    await create().cancel(spec.jobName);
    expect((await leftOver()).filter((name) => name.includes(spec.jobName))).toEqual([
      `/${containerName(join(directory, spec.jobName))}`,
    ]);
  });

  it('gets another proxy when the first has died', async () => {
    const spec = withHosts('idle');
    const settings = {
      image: IMAGE,
      user: JOB_USER,
      directory,
      securityOptions: [],
      network: dockerNetwork({ STRATEGY_LOOP_DOCKER_NETWORK: outside }),
    };
    const first = await ensureProxy(docker, spec, settings);
    await docker.getContainer(proxyName(join(directory, spec.jobName))).kill();

    const second = await ensureProxy(docker, spec, settings);

    expect(second).not.toBe(first);
    expect((await docker.getNetwork(second).inspect()).Internal).toBe(true);
    await create().directories(spec.jobName);
  });

  it('leaves nothing behind when it is removed, even if it was never started', async () => {
    const jobs = await create().list();
    expect(jobs.length).toBeGreaterThan(1);

    for (const { jobName } of jobs) {
      await create().cancel(jobName);
      await create().remove(jobName);
    }

    expect(await leftOver()).toEqual([]);
  });
});

describe('a job that names no host', () => {
  it.each([['trade/walk'], ['collect/fetch']])(
    'has no network, and no proxy: %s',
    async (jobType) => {
      const spec = aSpec(jobType);
      await create().ensure(spec);
      await waitFor(create(), spec.jobName);

      const { HostConfig, NetworkSettings } = await docker
        .getContainer(containerName(join(directory, spec.jobName)))
        .inspect();

      expect(HostConfig.NetworkMode).toBe('none');
      expect(Object.keys(NetworkSettings.Networks)).toEqual(['none']);
      expect((await leftOver()).filter((name) => name.includes(spec.jobName))).toEqual([
        `/${containerName(join(directory, spec.jobName))}`,
      ]);
    },
  );
});
