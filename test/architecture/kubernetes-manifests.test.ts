import type {
  V1Deployment,
  V1NetworkPolicy,
  V1PodDisruptionBudget,
  V1Role,
} from '@kubernetes/client-node';
import { parse, parseAllDocuments } from 'yaml';
import { readConfiguration } from '../../workers/configuration.ts';
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

const worker = only('Deployment') as V1Deployment;
const pod = worker.spec?.template.spec;
if (pod === undefined) throw new Error('the worker has no pod');
const [container] = pod.containers;

describe('infra/kubernetes', () => {
  it.each(manifests.map((each) => [`${each.kind} ${each.metadata.name}`, each] as const))(
    'has only fields that the API knows: %s',
    (_, manifest) => {
      expect(schemaErrors(manifest)).toEqual([]);
    },
  );

  it('would be caught with a misspelt field, a wrong type or an unknown kind', () => {
    const changed = structuredClone(worker) as unknown as {
      kind: string;
      spec: { replicas: unknown; template: { spec: { containers: Record<string, unknown>[] } } };
    };
    changed.spec.replicas = 'two';
    Object.assign(changed.spec.template.spec.containers[0] ?? {}, { imagePulPolicy: 'Always' });

    expect(schemaErrors(changed)).toEqual([
      'Deployment.spec.replicas must be number',
      'Deployment.spec.template.spec.containers[0].imagePulPolicy is unknown',
    ]);
    expect(schemaErrors({ apiVersion: 'apps/v1', kind: 'Deploymnet' })).toHaveLength(1);
  });

  it('runs workers that its own namespace admits', () => {
    expect(podViolations(pod, true)).toEqual([]);
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

  it('configures the worker with settings that the worker takes', () => {
    const environment = Object.fromEntries(
      (container?.env ?? []).map(({ name, value }) => [
        name,
        value ?? (name === 'DATABASE_URL' ? 'postgres://db/loop' : namespace),
      ]),
    );
    const configuration = readConfiguration(environment);

    // What the schema does not know it drops.
    expect(Object.keys(environment).filter((name) => !(name in configuration))).toEqual([]);
    expect(configuration.STRATEGY_LOOP_KUBERNETES_CLAIM).toBe(
      only('PersistentVolumeClaim').metadata.name,
    );
    expect(pod.volumes).toContainEqual({
      name: 'shared',
      persistentVolumeClaim: { claimName: configuration.STRATEGY_LOOP_KUBERNETES_CLAIM },
    });
    expect(images.map(({ name }) => name)).toEqual([container?.image]);
  });

  it('gives a worker longer to stop than a job gets', () => {
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(DEFAULT_JOB_LIMITS.graceMs / 1000);
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
      expect(container?.[probe]?.httpGet?.path).toMatch(/^\/(healthz|readyz)$/);
    }
  });

  it('selects with its budget and policies the pods that they are meant for', () => {
    const labels = worker.spec?.template.metadata?.labels;
    const isWorkers = { matchLabels: labels };
    const jobs = {
      'app.kubernetes.io/name': 'strategy-loop',
      'app.kubernetes.io/component': 'job',
    };

    expect(worker.spec?.selector).toEqual(isWorkers);
    expect((only('PodDisruptionBudget') as V1PodDisruptionBudget).spec?.selector).toEqual(
      isWorkers,
    );
    expect(
      (only('NetworkPolicy', 'workers-serve-metrics-only') as V1NetworkPolicy).spec?.podSelector,
    ).toEqual(isWorkers);
    expect((only('NetworkPolicy', 'jobs-talk-to-nobody') as V1NetworkPolicy).spec).toEqual({
      podSelector: { matchLabels: jobs },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [],
      egress: [],
    });
  });
});
