import { chown } from 'node:fs/promises';
import { KubernetesObjectApi } from '@kubernetes/client-node';
import type { V1Deployment, V1EnvVar } from '@kubernetes/client-node';
import { loadCluster } from '../../adapters/launchers/kubernetes-api.ts';
import { LauncherKind, TaskQueue } from '../../schemas/task-queue.ts';
import { makeNamespace, ownManifests } from '../support/kubernetes-cluster.ts';
import type { TestNamespace } from '../support/kubernetes-cluster.ts';
import { openTestLoop, SEED, TEST_TIMING, until, YEAR_2012 } from '../support/loop.ts';
import type { TestLoop } from '../support/loop.ts';
import { startTcpRelay } from '../support/tcp-relay.ts';
import type { TcpRelay } from '../support/tcp-relay.ts';

const IMAGE = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? '';
const STRATEGY = 'rsi-macd';
const POD_USER = 65_532;
const LAUNCH = 'app.kubernetes.io/component=launch';
const READY_MS_MAX = 180_000;

let place: TestNamespace;
let loop: TestLoop;
const relays: TcpRelay[] = [];

/** host:port under which pods reach a server that listens on this machine alone. */
async function reachable(host: string, port: number): Promise<string> {
  const { items } = await place.admin.core.listNode();
  const address = items[0]?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  if (address === undefined) throw new Error('the node has no address');
  const relay = await startTcpRelay({ target: { host, port }, host: '0.0.0.0' });
  relays.push(relay);
  return `${address}:${String(relay.port)}`;
}

/** What a deployment of one's own changes in infra/kubernetes, beside its name. */
async function settings(): Promise<V1EnvVar[]> {
  const { stack } = loop.session;
  const [temporalHost = '', temporalPort] = stack.temporalAddress.split(':');
  const temporal = await reachable(temporalHost, Number(temporalPort));
  const api = new URL(loadCluster().getCurrentCluster()?.server ?? '');
  const isOwn = ['127.0.0.1', 'localhost'].includes(api.hostname);
  // A cluster on this machine may do without the network that services have addresses in.
  const [host = '', port = ''] = isOwn
    ? (await reachable(api.hostname, Number(api.port))).split(':')
    : [];
  return [
    { name: 'TEMPORAL_ADDRESS', value: temporal },
    { name: 'STRATEGY_LOOP_IMAGE', value: IMAGE },
    { name: 'STRATEGY_LOOP_KUBERNETES_CLAIM', value: place.claim },
    ...(isOwn
      ? [
          { name: 'KUBERNETES_SERVICE_HOST', value: host },
          { name: 'KUBERNETES_SERVICE_PORT', value: port },
        ]
      : []),
  ];
}

/** Applies the Deployments, one replica each: the node has two cores. */
async function deploy(): Promise<void> {
  const changes = await settings();
  const database = new URL(loop.session.stack.databaseUrl);
  database.host = await reachable(database.hostname, Number(database.port));
  await place.admin.core.createNamespacedSecret({
    namespace: place.namespace,
    body: { metadata: { name: 'strategy-loop-database' }, stringData: { url: database.href } },
  });
  const objects = KubernetesObjectApi.makeApiClient(loadCluster());
  const deployments = ownManifests(place.namespace).filter(({ kind }) => kind === 'Deployment');
  // The three roles, and the proxy of network feeds.
  expect(deployments).toHaveLength(4);
  for (const manifest of deployments as V1Deployment[]) {
    const pod = manifest.spec?.template.spec;
    if (pod === undefined) throw new Error('a Deployment has no pod');
    pod.dnsPolicy = 'Default';
    for (const { persistentVolumeClaim: claim } of pod.volumes ?? []) {
      if (claim !== undefined) claim.claimName = place.claim;
    }
    for (const container of pod.containers) {
      container.image = IMAGE;
      const names = new Set(container.env?.map(({ name }) => name));
      const isLauncher = names.has('STRATEGY_LOOP_JOBS');
      container.env = (container.env ?? [])
        .filter(({ name }) => !changes.some((change) => change.name === name))
        .concat(changes.filter(({ name }) => names.has(name) || isLauncher));
    }
    await objects.create(manifest);
  }
}

async function untilReady(): Promise<void> {
  const { namespace } = place;
  const check = async (): Promise<boolean> => {
    const { items } = await place.admin.core.listNamespacedPod({ namespace });
    const workers = items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
    return (
      workers.length >= 4 &&
      workers.every(({ status }) =>
        status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
      )
    );
  };
  await until('the workers of all roles are ready', check, READY_MS_MAX);
}

beforeAll(async () => {
  place = await makeNamespace();
  // Pods run as nobody of this machine; a volume of a cluster's own is theirs by fsGroup.
  await chown(place.volume, POD_USER, POD_USER);
  loop = await openTestLoop();
  await deploy();
  await untilReady();
}, READY_MS_MAX + 60_000);

afterAll(async () => {
  await place.remove();
  await loop.close();
  await Promise.all(relays.map((relay) => relay.close()));
}, 120_000);

describe('infra/kubernetes, deployed', () => {
  it('trains, trades and goes on when a launch worker is lost in the middle', async () => {
    const { client, pool } = loop.session;
    await loop.firstRelease(STRATEGY, LauncherKind.Kubernetes);
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
          launcher: LauncherKind.Kubernetes,
          actor: 'test',
          timing: TEST_TIMING,
        },
      ],
    });
    const { namespace } = place;
    await until('a job of the cycle runs', async () => {
      const { items } = await place.admin.batch.listNamespacedJob({ namespace });
      return items.some(({ status }) => status?.active === 1);
    });
    await place.admin.core.deleteCollectionNamespacedPod({
      namespace,
      labelSelector: LAUNCH,
      gracePeriodSeconds: 0,
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
    const { items } = await place.admin.batch.listNamespacedJob({ namespace });
    expect(items).toEqual([]);
  }, 300_000);

  it('holds the database in one role and the right to make Jobs in another', async () => {
    const { items } = await place.admin.core.listNamespacedPod({ namespace: place.namespace });
    const namesOf = (component: string): (string | undefined)[] =>
      items
        .filter(({ metadata }) => metadata?.labels?.['app.kubernetes.io/component'] === component)
        .flatMap(({ spec }) => spec?.containers.flatMap(({ env }) => env ?? []) ?? [])
        .map(({ name }) => name);
    const serviceAccounts = items.map(({ metadata, spec }) => [
      metadata?.labels?.['app.kubernetes.io/component'],
      spec?.serviceAccountName,
      spec?.automountServiceAccountToken,
    ]);

    expect(namesOf('store')).toContain('DATABASE_URL');
    expect([...namesOf('launch'), ...namesOf('workflows')]).not.toContain('DATABASE_URL');
    expect(serviceAccounts).toContainEqual(['launch', 'strategy-loop-launch', true]);
    expect(serviceAccounts).toContainEqual(['store', 'default', false]);
    expect(serviceAccounts).toContainEqual(['workflows', 'default', false]);
  });
});
