import { join } from 'node:path';
import { KubernetesObjectApi } from '@kubernetes/client-node';
import { createKubernetesLauncher } from '../../adapters/launchers/kubernetes.ts';
import { loadCluster } from '../../adapters/launchers/kubernetes-api.ts';
import type { Launcher } from '../../adapters/launchers/launcher.ts';
import { makeNamespace, ownManifests } from '../support/kubernetes-cluster.ts';
import type { TestNamespace } from '../support/kubernetes-cluster.ts';
import { aSpec, CONTRACT_JOBS, launcherContract, runJob } from '../support/launcher-contract.ts';
import { expectConfined, probeScript } from '../support/probe.ts';
import { podViolations } from '../support/restricted-pod.ts';

const IMAGE = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? '';

/** What the cluster has to deny beside what every platform does. */
const MORE = [
  'write-control touch /job/control/stop',
  'token test -e /var/run/secrets/kubernetes.io/serviceaccount/token',
];
const PROBE = probeScript(MORE);

let place: TestNamespace;

beforeAll(async () => {
  place = await makeNamespace();
});

afterAll(async () => {
  for (const { jobName } of await create().list()) {
    await create().cancel(jobName);
    await create().remove(jobName);
  }
  await place.remove();
});

function create(
  options: { image?: string; startMsMax?: number; cpus?: number; directory?: string } = {},
): Launcher {
  return createKubernetesLauncher({
    api: place.worker,
    claim: place.claim,
    volume: place.volume,
    directory: join(place.volume, 'jobs'),
    image: IMAGE,
    command: (jobType) =>
      jobType === 'probe' ? ['sh', '-c', PROBE] : (CONTRACT_JOBS[jobType] ?? []),
    ...options,
  });
}

describe('createKubernetesLauncher, with the rights of infra/kubernetes alone', () => {
  launcherContract({ create, elsewhere: () => create({ directory: join(place.volume, 'other') }) });

  it('says why an image cannot be had, and leaves no Job that could start later', async () => {
    const launcher = create({ image: 'localhost:1/no-such-image:1', startMsMax: 8_000 });

    const end = await runJob(launcher, aSpec('ok'));

    expect(end).toMatchObject({ cause: 'not-started', exitCode: null });
    expect(end.detail).toMatch(/ErrImagePull|ImagePullBackOff/);
    const { items } = await place.admin.core.listNamespacedPod({ namespace: place.namespace });
    const left = items.filter(({ spec }) => spec?.containers[0]?.image?.includes('no-such-image'));
    expect(left.filter(({ metadata }) => metadata?.deletionTimestamp === undefined)).toEqual([]);
  });

  it('says that no node has room', async () => {
    const end = await runJob(create({ cpus: 1000, startMsMax: 3_000 }), aSpec('ok'));

    expect(end).toMatchObject({ cause: 'not-started' });
    expect(end.detail).toMatch(/Unschedulable: .*cpu/);
  });

  it('reports a job whose Job was deleted under it as lost', async () => {
    const [launcher, spec] = [create(), aSpec('hang')];
    await launcher.ensure(spec);
    const { items } = await place.admin.batch.listNamespacedJob({ namespace: place.namespace });
    const job = items.find(
      ({ metadata }) => metadata?.annotations?.['strategy-loop/job'] === spec.jobName,
    );
    await place.admin.batch.deleteNamespacedJob({
      name: job?.metadata?.name ?? '',
      namespace: place.namespace,
      propagationPolicy: 'Foreground',
      gracePeriodSeconds: 0,
    });

    const end = await launcher.wait(spec.jobName, { signal: new AbortController().signal });

    expect(end).toMatchObject({ cause: 'lost' });
  });
});

describe('a job in a pod', () => {
  it('is denied what it must not do, and allowed what it needs', async () => {
    const [launcher, spec] = [create(), aSpec('probe', { memoryMib: 256 })];
    await runJob(launcher, spec);

    const lines = (await launcher.logs(spec.jobName)).toString().trim().split('\n');

    expectConfined(lines, 11);
  });

  it('lies under a policy that lets it talk to nobody, and keeps every restriction', async () => {
    const [launcher, spec] = [create(), aSpec('ok')];
    await runJob(launcher, spec);

    const { items } = await place.admin.core.listNamespacedPod({ namespace: place.namespace });
    const pod = items.find(
      ({ metadata }) => metadata?.annotations?.['strategy-loop/job'] === spec.jobName,
    );

    if (pod?.spec === undefined) throw new Error('the job has no pod');
    expect(podViolations(pod.spec)).toEqual([]);
    expect(pod.metadata?.labels).toMatchObject({
      'app.kubernetes.io/name': 'strategy-loop',
      'app.kubernetes.io/component': 'job',
    });
  });
});

describe('infra/kubernetes', () => {
  it('is accepted by the API server, every object of it', async () => {
    const objects = KubernetesObjectApi.makeApiClient(loadCluster());
    // Those that the namespace has already are not made a second time.
    const rest = ownManifests(place.namespace).filter(({ kind = '' }) =>
      [
        'PersistentVolumeClaim',
        'Deployment',
        'PodDisruptionBudget',
        'HorizontalPodAutoscaler',
      ].includes(kind),
    );

    for (const manifest of rest) await objects.create(manifest, undefined, 'All');

    // The claim, the other three for each of three roles, and the proxy's Deployment.
    expect(rest).toHaveLength(1 + 3 * 3 + 1);
  });
});
