import { join } from 'node:path';
import type Docker from 'dockerode';
import {
  containerName,
  jobLabels,
  labelledJobs,
} from '../../../adapters/launchers/docker-container.ts';
import { asNotStarted } from '../../../adapters/launchers/docker-refusal.ts';
import { createDockerLauncher } from '../../../adapters/launchers/docker.ts';
import { NoNetworkError, NotStartedError } from '../../../adapters/launchers/launcher.ts';
import type { Launcher } from '../../../adapters/launchers/launcher.ts';
import { dockerNetwork, dockerSecurity } from '../../../workers/docker-settings.ts';
import { aSpec } from '../../support/launcher-contract.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';

function answer(statusCode: number, message: string): Error {
  return Object.assign(new Error(message), { statusCode });
}

describe('asNotStarted', () => {
  it.each([
    [404, 'No such image: loop:none', /No such image: loop:none\. Build .*STRATEGY_LOOP_IMAGE/],
    [
      404,
      '(HTTP code 404) no such container - No such image: loop:none ',
      /started: No such image: loop:none\. Build/,
    ],
    [404, 'network outsid not found', /network outsid not found\. .*STRATEGY_LOOP_DOCKER_NETWORK/],
    [
      400,
      'invalid mount config for type "bind": bind source path does not exist: /ca.pem',
      /\/ca\.pem\. .*FEED_CERTIFICATES/,
    ],
    [403, 'all predefined address pools have been fully subnetted', /default-address-pools/],
    [
      500,
      'could not find an available, non-overlapping IPv4 address pool',
      /default-address-pools/,
    ],
    [400, 'something else.', /something else\. Correct what it names/],
  ])('says of %d %s what to do', (status, words, message) => {
    const error = asNotStarted('a-job', answer(status, words));

    expect(error).toBeInstanceOf(NotStartedError);
    expect(String(error)).toMatch(message);
  });

  it.each([answer(500, 'server error'), new Error('socket hang up'), 'text'])(
    'leaves %s as it is, which may pass',
    (error) => {
      expect(asNotStarted('a-job', error)).toBe(error);
    },
  );
});

/** An engine that makes networks, and answers what it is told to everything that starts containers. */
class EngineDouble {
  readonly standing = new Set<string>();
  subnets = [{ Subnet: '172.30.0.0/16' }];
  networkOptions: Docker.NetworkCreateOptions | null = null;
  proxyOptions: Docker.ContainerCreateOptions | null = null;
  failure: Error | null = null;

  createNetwork(options: Docker.NetworkCreateOptions) {
    this.networkOptions = options;
    this.standing.add('network');
    return Promise.resolve({ id: 'network' });
  }
  getNetwork() {
    return {
      inspect: () => Promise.resolve({ IPAM: { Config: this.subnets } }),
      connect: () => Promise.resolve(),
      remove: () => Promise.resolve(this.standing.delete('network')),
    };
  }
  listNetworks() {
    const all = this.standing.has('network');
    return Promise.resolve(all ? [{ Id: 'network', Labels: this.networkOptions?.Labels }] : []);
  }
  listContainers() {
    return Promise.resolve([]);
  }
  createContainer(options: Docker.ContainerCreateOptions) {
    const { name = '' } = options;
    if (!name.endsWith('-proxy')) return Promise.reject(this.failure ?? new Error('not set'));
    this.proxyOptions = options;
    this.standing.add(name);
    return Promise.resolve({});
  }
  getContainer(name: string) {
    const isThere = (): boolean => this.standing.has(name);
    return {
      inspect: () =>
        isThere()
          ? Promise.resolve({ Config: this.proxyOptions, State: { Running: true } })
          : Promise.reject(answer(404, 'no such container')),
      start: () => Promise.resolve(),
      logs: () => Promise.resolve(Buffer.from('\u0001\0\0\0\0\0\0\u0008x ready\n', 'latin1')),
      remove: () => Promise.resolve(this.standing.delete(name)),
    };
  }
}

describe('createDockerLauncher, when the engine refuses', () => {
  let engine: EngineDouble;
  let directory: string;
  const spec = { ...aSpec('collect/fetch'), hosts: ['data.example.com:443'] };

  beforeEach(async () => {
    engine = new EngineDouble();
    engine.failure = answer(404, 'No such image: loop:none');
    directory = await scratchDirectory('docker-refusal');
  });

  function create(at = directory): Launcher {
    return createDockerLauncher({
      docker: engine as unknown as Docker,
      directory: at,
      image: 'loop:none',
      command: () => [],
      security: dockerSecurity({}),
      network: dockerNetwork({}),
    });
  }

  it('tells why the job was not started, and leaves neither proxy nor network', async () => {
    await expect(create().ensure(spec)).rejects.toThrow(NotStartedError);

    expect([...engine.standing]).toEqual([]);
  });

  it('leaves them to a job that is there', async () => {
    engine.standing.add(containerName(join(directory, spec.jobName)));

    await expect(create().ensure(spec)).rejects.toThrow(NotStartedError);

    expect([...engine.standing]).toContain('network');
  });

  it('has a network of IPv4 alone, and limits its proxy as a job', async () => {
    await create()
      .ensure(spec)
      .catch(() => {});

    expect(engine.networkOptions?.EnableIPv6).toBe(false);
    expect(engine.proxyOptions?.HostConfig?.Ulimits).toContainEqual({
      Name: 'core',
      Soft: 0,
      Hard: 0,
    });
    expect(engine.proxyOptions?.Env).toContain('STRATEGY_LOOP_PROXY_CLIENTS=172.30.0.0/16');
  });

  it('refuses a network without subnets, in which everybody could ask the proxy', async () => {
    engine.subnets = [];

    await expect(create().ensure(spec)).rejects.toThrow(NoNetworkError);

    expect(engine.proxyOptions).toBeNull();
    expect([...engine.standing]).toEqual([]);
  });

  it('lists a network whose job has no directory any more, with the labels of the job', async () => {
    engine.standing.add('network');
    engine.networkOptions = { Name: 'x', Labels: jobLabels(spec, directory) };

    expect(await create(`${directory}/jobs`).list()).toEqual([
      { jobName: spec.jobName, labels: spec.labels },
    ]);
  });
});

describe('labelledJobs', () => {
  it("reads each job once, without what is the launcher's own", () => {
    const spec = aSpec('trade/walk');
    const labels = jobLabels(spec, '/jobs');
    const all = [{ ...labels, 'strategy-loop.network': 'n', other: 'x' }, labels, undefined, {}];

    expect(labelledJobs(all)).toEqual([{ jobName: spec.jobName, labels: spec.labels }]);
  });
});
