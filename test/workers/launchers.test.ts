import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError, readConfiguration } from '../../workers/configuration.ts';
import { containerLaunchers, openContainerLauncher } from '../../workers/launchers.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const BASE = {
  DATABASE_URL: 'postgres://localhost/loop',
  TEMPORAL_ADDRESS: 'localhost:7233',
  STRATEGY_LOOP_ARTIFACTS: '/data/artifacts',
  STRATEGY_LOOP_JOBS: '/data/jobs',
};
const CLUSTER = {
  STRATEGY_LOOP_IMAGE: 'strategy-loop:dev',
  STRATEGY_LOOP_KUBERNETES_CLAIM: 'jobs',
  STRATEGY_LOOP_KUBERNETES_VOLUME: '/mnt/shared',
};

const KUBECONFIG = JSON.stringify({
  clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'u', user: {} }],
  contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
  'current-context': 'c',
});

describe('readConfiguration', () => {
  it('takes a cluster with its defaults', () => {
    expect(readConfiguration({ ...BASE, ...CLUSTER })).toMatchObject({
      STRATEGY_LOOP_KUBERNETES_NAMESPACE: 'strategy-loop',
      STRATEGY_LOOP_KUBERNETES_START_MS: 300_000,
    });
  });

  it.each([
    ['STRATEGY_LOOP_KUBERNETES_VOLUME', undefined, /VOLUME: is needed with .*CLAIM/],
    ['STRATEGY_LOOP_IMAGE', undefined, /IMAGE: is needed with .*CLAIM/],
    ['STRATEGY_LOOP_KUBERNETES_VOLUME', 'shared', /VOLUME: must be an absolute path/],
    ['STRATEGY_LOOP_KUBERNETES_CLAIM', 'Jobs!', /CLAIM: must be the name of a Persistent/],
    ['STRATEGY_LOOP_KUBERNETES_NAMESPACE', 'a.b', /NAMESPACE: must be the name of a namespace/],
    ['STRATEGY_LOOP_KUBERNETES_START_MS', '10', /START_MS/],
  ])('refuses %s = %j with the rule', (name, value, rule) => {
    const read = (): unknown => readConfiguration({ ...BASE, ...CLUSTER, [name]: value });

    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(rule);
  });
});

describe('an empty variable', () => {
  it('is one that is not set', () => {
    const empty = { STRATEGY_LOOP_IMAGE: '', STRATEGY_LOOP_JOBS_MAX: '', TEMPORAL_NAMESPACE: '' };

    expect(readConfiguration({ ...BASE, ...empty })).toEqual(readConfiguration(BASE));
    expect(() => readConfiguration({ ...BASE, STRATEGY_LOOP_JOBS: '' })).toThrow(
      /STRATEGY_LOOP_JOBS: must be set$/,
    );
  });
});

describe('containerLaunchers', () => {
  const kindsOf = async (environment: Record<string, string>): Promise<string[]> => {
    const launchers = await containerLaunchers(readConfiguration({ ...BASE, ...environment }), {});
    return launchers.map(({ kind }) => kind);
  };

  it('is none without an image, Docker with one, and Kubernetes too with a claim', async () => {
    const before = process.env['KUBECONFIG'];
    const file = join(await scratchDirectory('kubeconfig'), 'config');
    await writeFile(file, KUBECONFIG);
    process.env['KUBECONFIG'] = file;
    try {
      expect(await kindsOf({})).toEqual([]);
      expect(await kindsOf({ STRATEGY_LOOP_IMAGE: 'strategy-loop:dev' })).toEqual(['docker']);
      expect(await kindsOf(CLUSTER)).toEqual(['docker', 'kubernetes']);
    } finally {
      if (before === undefined) delete process.env['KUBECONFIG'];
      else process.env['KUBECONFIG'] = before;
    }
  });
});

describe('openContainerLauncher', () => {
  const settings = (environment: Record<string, string>) =>
    readConfiguration({ ...BASE, ...environment });

  it.each([
    ['docker', {}, 'the docker launcher needs STRATEGY_LOOP_IMAGE; see docs/containers.md'],
    [
      'nomad',
      { STRATEGY_LOOP_IMAGE: 'loop:1' },
      'the nomad launcher needs NOMAD_ADDR; see docs/nomad.md',
    ],
    [
      'kubernetes',
      { STRATEGY_LOOP_IMAGE: 'loop:1' },
      'the kubernetes launcher needs STRATEGY_LOOP_KUBERNETES_CLAIM and STRATEGY_LOOP_KUBERNETES_VOLUME; see docs/kubernetes.md',
    ],
  ] as const)('says what %s lacks', async (kind, environment, message) => {
    const open = openContainerLauncher(kind, settings(environment), {});

    await expect(open).rejects.toThrow(ConfigurationError);
    await expect(open).rejects.toThrow(message);
  });

  describe.each(['nonsense://', 'ftp://host:1', 'tcp://', 'tcp://u:hunter2@h:x'])(
    'with DOCKER_HOST=%s',
    (host) => {
      it('names the variable, its value and the forms that it takes', async () => {
        const environment = { DOCKER_HOST: host };
        const open = openContainerLauncher('docker', settings(CLUSTER), environment);

        await expect(open).rejects.toThrow(ConfigurationError);
        await expect(open).rejects.toThrow(
          /^DOCKER_HOST must be unix:\/\/\/path, tcp:\/\/host:port, .*, was .*:\/\//,
        );
        await expect(open).rejects.not.toThrow('hunter2');
      });
    },
  );

  it.each([
    ...['', 'unix:///run/docker.sock', 'tcp://10.0.0.1:2375', 'host:2375', 'http://host:2375'],
    ...['https://host:2376', 'ssh://me@host', 'npipe:////./pipe/docker_engine', 'tcp://[::1]:2375'],
  ])('opens Docker with DOCKER_HOST=%s', async (host) => {
    const open = openContainerLauncher('docker', settings(CLUSTER), { DOCKER_HOST: host });

    await expect(open).resolves.toMatchObject({ kind: 'docker' });
  });

  it('takes no password in the address of Nomad, and does not repeat it', async () => {
    const environment = { NOMAD_ADDR: 'http://user:hunter2@host:4646' };
    const open = openContainerLauncher('nomad', settings(CLUSTER), environment);

    await expect(open).rejects.toThrow(ConfigurationError);
    await expect(open).rejects.toThrow(/NOMAD_ADDR: must hold no user .*NOMAD_TOKEN/);
    await expect(open).rejects.not.toThrow('hunter2');
  });

  describe('with a kubeconfig', () => {
    const before = process.env['KUBECONFIG'];
    afterEach(() => {
      if (before === undefined) delete process.env['KUBECONFIG'];
      else process.env['KUBECONFIG'] = before;
    });

    it.each<[string, string | null, RegExp]>([
      ['that is not there', null, /ENOENT/],
      ['that is empty', '', /./],
      ['that is no YAML', 'token: "hunter2', /unexpected end of the stream/],
      ['that names no cluster', 'hello', /names no cluster/],
    ])('%s names the variable, the place and the way out', async (_, text, why) => {
      const file = join(await scratchDirectory('kubeconfig'), 'config');
      if (text !== null) await writeFile(file, text);
      process.env['KUBECONFIG'] = file;
      const open = openContainerLauncher('kubernetes', settings(CLUSTER), {});

      await expect(open).rejects.toThrow(ConfigurationError);
      await expect(open).rejects.toThrow(why);
      await expect(open).rejects.toThrow(
        new RegExp(`^KUBECONFIG must .*, was ${file}: .*unset it`),
      );
      await expect(open).rejects.not.toThrow('hunter2');
    });
  });

  it('says of settings that are not there that they must be set', () => {
    expect(() => readConfiguration({ TEMPORAL_ADDRESS: 'here' })).toThrow(
      'DATABASE_URL: must be set; TEMPORAL_ADDRESS: must be host:port; ' +
        'STRATEGY_LOOP_ARTIFACTS: must be set; STRATEGY_LOOP_JOBS: must be set',
    );
  });
});
