import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig, KubernetesObjectApi } from '@kubernetes/client-node';
import type { KubernetesObject } from '@kubernetes/client-node';
import { parse, parseAllDocuments } from 'yaml';
import { connectKubernetes, loadCluster } from '../../adapters/launchers/kubernetes-api.ts';
import type { KubernetesApi } from '../../adapters/launchers/kubernetes-api.ts';
import { until } from './launcher-contract.ts';
import { textOf } from './repository.ts';

const FOLDER = 'infra/kubernetes';
const CLAIM = 'jobs';

/** A namespace of a test's own in the cluster that KUBECONFIG names. */
export interface TestNamespace {
  readonly namespace: string;
  readonly claim: string;
  /** A directory of this machine, which is the claim's volume. */
  readonly volume: string;
  /** With all rights, to look at what the launcher made. */
  readonly admin: KubernetesApi;
  /** With the rights of infra/kubernetes/access.yaml and no others. */
  readonly worker: KubernetesApi;
  /** Removes all of it. */
  readonly remove: () => Promise<void>;
}

/** @returns the project's own manifests, for a namespace. */
export function ownManifests(namespace: string): KubernetesObject[] {
  const { resources } = parse(textOf(`${FOLDER}/kustomization.yaml`)) as { resources: string[] };
  return resources.flatMap((file) =>
    parseAllDocuments(textOf(`${FOLDER}/${file}`), { merge: true }).map((document) => {
      const manifest = document.toJS() as KubernetesObject & { subjects?: { namespace: string }[] };
      const isNamespace = manifest.kind === 'Namespace';
      Object.assign(manifest.metadata ?? {}, isNamespace ? { name: namespace } : { namespace });
      for (const subject of manifest.subjects ?? []) subject.namespace = namespace;
      return manifest;
    }),
  );
}

/** Makes a namespace with the project's own rules, and a volume that is a directory of this machine. */
export async function makeNamespace(): Promise<TestNamespace> {
  const namespace = `strategy-loop-test-${randomUUID().slice(0, 8)}`;
  const volume = join(process.env['STRATEGY_LOOP_TEST_ROOT'] ?? tmpdir(), namespace);
  await mkdir(volume, { recursive: true });
  await chmod(volume, 0o755);
  const cluster = loadCluster();
  const objects = KubernetesObjectApi.makeApiClient(cluster);
  const isWanted = ({ kind = '' }: KubernetesObject) =>
    ['Namespace', 'ServiceAccount', 'Role', 'RoleBinding', 'NetworkPolicy'].includes(kind);
  for (const manifest of ownManifests(namespace).filter(isWanted)) await objects.create(manifest);
  const admin = connectKubernetes(cluster, namespace);
  await makeVolume(admin, volume);
  const worker = connectKubernetes(await asWorker(cluster, admin), namespace);
  return {
    namespace,
    claim: CLAIM,
    volume,
    admin,
    worker,
    async remove() {
      await admin.core.deleteNamespace({ name: namespace });
      await until(async () =>
        admin.core.readNamespace({ name: namespace }).then(
          () => false,
          () => true,
        ),
      ).catch(() => undefined);
      await admin.core.deletePersistentVolume({ name: namespace });
      await rm(volume, { recursive: true, force: true });
    },
  };
}

/** Pods may not mount a host's path here; a volume that an administrator made of one they may. */
async function makeVolume({ core, namespace }: KubernetesApi, path: string): Promise<void> {
  const shared = { accessModes: ['ReadWriteMany'], storageClassName: '' };
  await core.createPersistentVolume({
    body: {
      metadata: { name: namespace },
      spec: {
        ...shared,
        capacity: { storage: '1Gi' },
        hostPath: { path, type: 'Directory' },
        claimRef: { namespace, name: CLAIM },
        persistentVolumeReclaimPolicy: 'Retain',
      },
    },
  });
  await core.createNamespacedPersistentVolumeClaim({
    namespace,
    body: {
      metadata: { name: CLAIM },
      spec: { ...shared, volumeName: namespace, resources: { requests: { storage: '1Gi' } } },
    },
  });
}

/** The same cluster, seen by the service account of launch workers. */
async function asWorker(cluster: KubeConfig, { core, namespace }: KubernetesApi) {
  const { status } = await core.createNamespacedServiceAccountToken({
    name: 'strategy-loop-launch',
    namespace,
    body: { spec: { audiences: [], expirationSeconds: 3600 } },
  });
  const current = cluster.getCurrentCluster();
  if (current === null || status === undefined) throw new Error('no cluster, or no token');
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [current],
    users: [{ name: 'worker', token: status.token }],
    contexts: [{ name: 'worker', cluster: current.name, user: 'worker' }],
    currentContext: 'worker',
  });
  return config;
}
