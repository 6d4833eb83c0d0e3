import type {
  V1Deployment,
  V1NetworkPolicy,
  V1PodDisruptionBudget,
  V1Role,
  V1RoleBinding,
  V1Service,
  V2HorizontalPodAutoscaler,
} from '@kubernetes/client-node';
import { parse, parseAllDocuments } from 'yaml';
import { LABEL_NETWORK, NETWORK_FEED_PROXY } from '../../adapters/launchers/kubernetes-job.ts';
import { isPrivate } from '../../adapters/proxy/private-addresses.ts';
import { PROXY_PORT } from '../../adapters/proxy/proxy-contract.ts';
import { WorkerSettings } from '../../workers/configuration.ts';
import { DEFAULT_JOB_LIMITS } from '../../schemas/payload.ts';
import { schemaErrors } from '../support/kubernetes-schema.ts';
import { textOf } from '../support/repository.ts';
import { podViolations } from '../support/restricted-pod.ts';

const FOLDER = 'infra/kubernetes';
const { resources, namespace, images } = parse(textOf(`${FOLDER}/kustomization.yaml`)) as {
  resources: string[];
  namespace: string;
  images: { name: string }[];
};

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { name: string; labels?: Record<string, string> };
}

const manifests = resources.flatMap((file) =>
  parseAllDocuments(textOf(`${FOLDER}/${file}`), { merge: true }).map(
    (document) => document.toJS() as Manifest,
  ),
);

function only(kind: string, name?: string): Manifest {
  const found = manifests.filter(
    (each) => each.kind === kind && (name === undefined || each.metadata.name === name),
  );
  const [first] = found;
  if (first === undefined || found.length > 1) {
    throw new Error(`${String(found.length)} of ${kind} ${name ?? ''}`);
  }
  return first;
}

const ROLES = ['workflows', 'store', 'launch'] as const;

function workerOf(role: (typeof ROLES)[number]) {
  const worker = only('Deployment', `strategy-loop-${role}`) as V1Deployment;
  const pod = worker.spec?.template.spec;
  const container = pod?.containers[0];
  if (pod === undefined || container === undefined) throw new Error(`${role} has no pod`);
  return { worker, pod, container, names: (container.env ?? []).map(({ name }) => name) };
}

/** Labels of the proxy's pods, and those that the launcher puts on jobs that name hosts. */
const FEED_PROXY = {
  'app.kubernetes.io/name': 'strategy-loop',
  'app.kubernetes.io/component': 'feed-proxy',
};
const FEED_JOB = {
  'app.kubernetes.io/name': 'strategy-loop',
  'app.kubernetes.io/component': 'job',
  [LABEL_NETWORK]: NETWORK_FEED_PROXY,
};
const PROXY_PORTS = [{ protocol: 'TCP', port: PROXY_PORT }];

function policyOf(name: string) {
  return (only('NetworkPolicy', name) as V1NetworkPolicy).spec;
}

describe('infra/kubernetes', () => {
  it.each(manifests.map((each) => [`${each.kind} ${each.metadata.name}`, each] as const))(
    'has only fields that the API knows: %s',
    (_, manifest) => {
      expect(schemaErrors(manifest)).toEqual([]);
    },
  );

  it('would be caught with a misspelt field, a wrong type or an unknown kind', () => {
    const changed = structuredClone(workerOf('store').worker) as unknown as {
      kind: string;
      spec: { replicas: unknown; template: { spec: { containers: Record<string, unknown>[] } } };
    };
    changed.spec.replicas = 'two';
    Object.assign(changed.spec.template.spec.containers[0] ?? {}, { imagePulPolicy: 'Always' });

    expect(schemaErrors(changed).sort()).toEqual([
      'Deployment.spec.replicas must be number',
      'Deployment.spec.template.spec.containers[0].imagePulPolicy is unknown',
    ]);
    expect(schemaErrors({ apiVersion: 'apps/v1', kind: 'Deploymnet' })).toHaveLength(1);
  });

  it('runs workers that its own namespace admits', () => {
    const violations = ROLES.map((role) => podViolations(workerOf(role).pod, role === 'launch'));
    expect(violations).toEqual([[], [], []]);
    expect(only('Namespace').metadata).toMatchObject({
      name: namespace,
      labels: { 'pod-security.kubernetes.io/enforce': 'restricted' },
    });
  });

  it('gives the worker the rights that the launcher uses, and no other', () => {
    const { rules = [] } = only('Role') as V1Role;
    const rights = rules.flatMap(({ resources: kinds = [], verbs }) =>
      kinds.flatMap((kind) => verbs.map((verb) => `${verb} ${kind}`)),
    );
    const calls = textOf('adapters/launchers/kubernetes-calls.ts').matchAll(
      /\.(create|read|list|delete)Namespaced(Job|PodLog|Pod|Event)\(/g,
    );
    const used = [...calls].map(([, verb = '', kind = '']) => {
      const kinds: Record<string, string> = { Job: 'jobs', Pod: 'pods', PodLog: 'pods/log' };
      return `${verb === 'read' ? 'get' : verb} ${kinds[kind] ?? 'events'}`;
    });

    expect(rights.sort()).toEqual([...new Set(used)].sort());
    expect(rights.join()).not.toContain('*');
  });

  it.each(ROLES)('configures the %s worker with settings that it takes', (role) => {
    const { container, names } = workerOf(role);

    expect(names.filter((name) => !Object.hasOwn(WorkerSettings.shape, name))).toEqual([]);
    expect(container.command?.slice(2, 6)).toEqual([
      'bin/strategy-loop.js',
      'worker',
      '--role',
      role,
    ]);
    expect(images.map(({ name }) => name)).toEqual([container.image]);
  });

  it('keeps the rights at the database and at the cluster apart', () => {
    const holders = (holds: (role: (typeof ROLES)[number]) => boolean) => ROLES.filter(holds);

    expect(holders((role) => workerOf(role).names.includes('DATABASE_URL'))).toEqual(['store']);
    expect(holders((role) => workerOf(role).pod.automountServiceAccountToken !== false)).toEqual([
      'launch',
    ]);
    const [account] = (only('RoleBinding') as V1RoleBinding).subjects ?? [];
    expect(workerOf('launch').pod.serviceAccountName).toBe(account?.name);
    expect(only('ServiceAccount').metadata.name).toBe(account?.name);
  });

  it('shares one volume between the store and the launchers', () => {
    const claim = only('PersistentVolumeClaim').metadata.name;
    const env = workerOf('launch').container.env ?? [];
    const value = (name: string) => env.find((each) => each.name === name)?.value;

    expect(value('STRATEGY_LOOP_KUBERNETES_CLAIM')).toBe(claim);
    for (const role of ['store', 'launch'] as const) {
      expect(workerOf(role).pod.volumes).toContainEqual({
        name: 'shared',
        persistentVolumeClaim: { claimName: claim },
      });
    }
  });

  it.each(ROLES)('gives a %s worker longer to stop than a job gets', (role) => {
    const { pod, container } = workerOf(role);

    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(DEFAULT_JOB_LIMITS.graceMs / 1000);
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
      expect(container[probe]?.httpGet?.path).toMatch(/^\/(healthz|readyz)$/);
    }
  });

  it.each(ROLES)('selects the pods of the %s worker, and scales them', (role) => {
    const { worker } = workerOf(role);
    const name = `strategy-loop-${role}`;
    const labels = worker.spec?.template.metadata?.labels;
    const budget = only('PodDisruptionBudget', name) as V1PodDisruptionBudget;
    const scaler = only('HorizontalPodAutoscaler', name) as V2HorizontalPodAutoscaler;

    expect(labels).toEqual({
      'app.kubernetes.io/name': 'strategy-loop',
      'app.kubernetes.io/component': role,
    });
    expect(worker.spec?.selector).toEqual({ matchLabels: labels });
    expect(budget.spec?.selector).toEqual({ matchLabels: labels });
    expect(scaler.spec?.scaleTargetRef).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name,
    });
    // Applying the manifests again would undo what the autoscaler has done.
    expect(worker.spec?.replicas).toBeUndefined();
  });

  it('selects with its policies the pods that they are meant for', () => {
    const policy = (name: string) => (only('NetworkPolicy', name) as V1NetworkPolicy).spec;
    const key = 'app.kubernetes.io/component';

    expect(policy('workers-serve-metrics-only')?.podSelector).toEqual({
      matchLabels: { 'app.kubernetes.io/name': 'strategy-loop' },
      matchExpressions: [{ key, operator: 'In', values: [...ROLES] }],
    });
    expect(policy('jobs-talk-to-nobody')).toEqual({
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'strategy-loop', [key]: 'job' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [],
      egress: [],
    });
  });

  it('lets jobs of network feeds reach the proxy alone', () => {
    expect(policyOf('feed-jobs-reach-the-proxy')).toEqual({
      podSelector: { matchLabels: FEED_JOB },
      policyTypes: ['Egress'],
      egress: [{ to: [{ podSelector: { matchLabels: FEED_PROXY } }], ports: PROXY_PORTS }],
    });
  });

  it('lets the proxy be reached by those jobs, and reach https outside and a name server', () => {
    const own = policyOf('feed-proxy-reaches-the-internet');
    const { egress = [] } = own ?? {};
    expect(own?.podSelector).toEqual({ matchLabels: FEED_PROXY });
    expect(own?.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(own?.ingress).toEqual([
      { from: [{ podSelector: { matchLabels: FEED_JOB } }], ports: PROXY_PORTS },
    ]);
    expect(egress.map(({ ports = [] }) => ports.map(({ port }) => port))).toEqual([
      [443],
      [53, 53],
    ]);
    const blocks = egress[0]?.to?.[0]?.ipBlock?.except ?? [];
    expect(blocks.length).toBeGreaterThan(5);
    expect(blocks.every((block) => isPrivate(block.replace(/\/\d+$/, '')))).toBe(true);
  });

  it('runs a proxy that its namespace admits, where the launch workers look for it', () => {
    const proxy = only('Deployment', 'strategy-loop-feed-proxy') as V1Deployment;
    const pod = proxy.spec?.template.spec;
    const service = only('Service', 'strategy-loop-feed-proxy') as V1Service;
    expect(proxy.spec?.template.metadata?.labels).toEqual(FEED_PROXY);
    const { env = [] } = workerOf('launch').container;

    expect(podViolations(pod ?? { containers: [] })).toEqual([]);
    expect(service.spec?.selector).toEqual(FEED_PROXY);
    expect(service.spec?.ports?.map(({ port }) => port)).toEqual([PROXY_PORT]);
    expect(env).toContainEqual({
      name: 'STRATEGY_LOOP_KUBERNETES_FEED_PROXY',
      value: `strategy-loop-feed-proxy:${String(PROXY_PORT)}`,
    });
  });
});
