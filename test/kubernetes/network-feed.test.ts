import { chown } from 'node:fs/promises';
import { join } from 'node:path';
import { KubernetesObjectApi } from '@kubernetes/client-node';
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { loadCluster } from '../../adapters/launchers/kubernetes-api.ts';
import { createKubernetesLauncher } from '../../adapters/launchers/kubernetes.ts';
import type { Launcher } from '../../adapters/launchers/launcher.ts';
import { JOB_PROGRAM } from '../../workers/docker-jobs.ts';
import { runCollect } from '../support/collect-job.ts';
import { describeWhere } from '../support/describe-where.ts';
import { NO_OPENSSL, startHttpsServer } from '../support/https-server.ts';
import type { HttpsServer } from '../support/https-server.ts';
import { makeNamespace, ownManifests } from '../support/kubernetes-cluster.ts';
import type { TestNamespace } from '../support/kubernetes-cluster.ts';
import { aSpec } from '../support/launcher-contract.ts';
import { until } from '../support/loop.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const IMAGE = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? '';
const CSV = 'date,open,high,low,close,volume\n2020-01-06,10,12,9,11,100\n';
const PROXY = 'app.kubernetes.io/component=feed-proxy';
const POD_USER = 65_532;

let place: TestNamespace;
let server: HttpsServer;
let host: string;

/** The proxy of infra/kubernetes, with the hosts of this test. */
async function deployProxy(): Promise<void> {
  const deployments = ownManifests(place.namespace).filter(
    ({ kind, metadata }) => kind === 'Deployment' && metadata?.name?.endsWith('-feed-proxy'),
  );
  expect(deployments).toHaveLength(1);
  for (const manifest of deployments) {
    const { spec } = manifest as Pick<V1Deployment, 'spec'>;
    for (const container of spec?.template.spec?.containers ?? []) {
      const names = ['STRATEGY_LOOP_PROXY_HOSTS', 'STRATEGY_LOOP_FEED_PRIVATE_HOSTS'];
      Object.assign(container, { image: IMAGE, env: names.map((name) => ({ name, value: host })) });
    }
    await KubernetesObjectApi.makeApiClient(loadCluster()).create(manifest);
  }
}

async function proxyPod(): Promise<V1Pod | undefined> {
  const { namespace } = place;
  const { items } = await place.admin.core.listNamespacedPod({ namespace, labelSelector: PROXY });
  return items.find(({ status }) =>
    status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  );
}

/** Services have no addresses in every cluster that this runs in: the proxy is asked by its own. */
async function create(): Promise<Launcher> {
  const address = (await proxyPod())?.status?.podIP ?? '';
  return createKubernetesLauncher({
    api: place.worker,
    claim: place.claim,
    volume: place.volume,
    directory: join(place.volume, 'jobs'),
    image: IMAGE,
    command: (jobType) => ['node', JOB_PROGRAM, jobType],
    feedProxy: `${address}:3128`,
    certificates: server.certificateFile,
  });
}

async function collect(from: string): ReturnType<typeof runCollect> {
  return runCollect(await create(), { ...aSpec('collect/fetch'), hosts: [from] }, from);
}

describeWhere(NO_OPENSSL, 'a network feed in the cluster', () => {
  beforeAll(async () => {
    place = await makeNamespace();
    await chown(place.volume, POD_USER, POD_USER);
    const { items } = await place.admin.core.listNode();
    const node = items[0]?.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
    if (node === undefined) throw new Error('the node has no address');
    server = await startHttpsServer(await scratchDirectory('feed'), [node], (_, response) =>
      response.end(CSV),
    );
    host = `${node}:${String(server.port)}`;
    await deployProxy();
    await until('the proxy is ready', async () => (await proxyPod()) !== undefined, 120_000);
  }, 180_000);

  afterAll(async () => {
    await place.remove();
    await server.close();
  }, 60_000);

  it('is read through the proxy that infra/kubernetes deploys, with a certificate of its own', async () => {
    const { exitCode, text } = await collect(host);

    expect([exitCode, text]).toEqual([0, expect.stringContaining('2020-01-06,10,12,9,11,100')]);
    expect(server.asked).toEqual(['/prices.csv']);
  }, 120_000);

  it('is refused a host that the proxy does not know, and the proxy logs it', async () => {
    const { exitCode, text } = await collect('example.com:443');

    expect(exitCode).toBe(65);
    expect(text).toMatch(/is refused by the proxy: Proxy response \(403\)/);
    const log = await place.admin.core.readNamespacedPodLog({
      namespace: place.namespace,
      name: (await proxyPod())?.metadata?.name ?? '',
    });
    expect(log).toMatch(/refused CONNECT example\.com:443: .* is not on the list/);
  }, 120_000);
});
