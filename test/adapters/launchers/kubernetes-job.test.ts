import fc from 'fast-check';
import type { V1PodSpec } from '@kubernetes/client-node';
import {
  jobManifest,
  kubernetesName,
  labelValue,
  scopeOf,
} from '../../../adapters/launchers/kubernetes-job.ts';
import type { PodSettings } from '../../../adapters/launchers/kubernetes-job.ts';
import { jobFiles } from '../../../adapters/launchers/process-jobs.ts';
import { aSpec } from '../../support/launcher-contract.ts';
import { podViolations } from '../../support/restricted-pod.ts';

const SETTINGS: PodSettings = {
  image: 'strategy-loop:test',
  command: (jobType) => ['node', jobType],
  user: { uid: 65532, gid: 65532 },
  cpus: 1,
  claim: 'jobs',
  volume: '/mnt/shared',
  directory: '/mnt/shared/loop/jobs',
  startMsMax: 300_000,
};

function manifest(labels: Record<string, string> = {}) {
  const spec = { ...aSpec('trade', { memoryMib: 256 }), labels };
  return jobManifest(spec, jobFiles(SETTINGS.directory, spec.jobName), SETTINGS);
}

function podOf(): V1PodSpec {
  const pod = manifest().spec?.template.spec;
  if (pod === undefined) throw new Error('the Job has no pod');
  return pod;
}

/** What would make a pod dangerous, each with the rule that must catch it. */
const PLANTED: readonly [rule: string, change: (pod: V1PodSpec) => unknown][] = [
  ['host namespaces', (pod) => (pod.hostNetwork = true)],
  ['non-root', (pod) => delete pod.securityContext?.runAsNonRoot],
  ['non-root', (pod) => Object.assign(pod.securityContext ?? {}, { runAsUser: 0 })],
  ['seccomp', (pod) => delete pod.securityContext?.seccompProfile],
  ['token', (pod) => delete pod.automountServiceAccountToken],
  ['volume host', (pod) => pod.volumes?.push({ name: 'host', hostPath: { path: '/' } })],
  ['size of any', (pod) => pod.volumes?.push({ name: 'any', emptyDir: {} })],
  ['escalation', (pod) => delete pod.containers[0]?.securityContext?.allowPrivilegeEscalation],
  ['capabilities', (pod) => delete pod.containers[0]?.securityContext?.capabilities],
  ['read-only root', (pod) => delete pod.containers[0]?.securityContext?.readOnlyRootFilesystem],
  ['limits', (pod) => delete pod.containers[0]?.resources?.limits],
  [
    'host ports',
    (pod) => pod.containers.push({ name: 'x', ports: [{ hostPort: 1, containerPort: 1 }] }),
  ],
];

describe('jobManifest of a job that names hosts', () => {
  const spec = { ...aSpec('collect/fetch'), hosts: ['data.example:443'] };
  const files = jobFiles(SETTINGS.directory, spec.jobName);
  const variables = (pod: V1PodSpec | undefined) =>
    (pod?.containers[0]?.env ?? []).map(({ name }) => name);

  it('tells it its proxy, and labels it for the policy, and no other job', () => {
    const proxyUrl = 'http://10.96.0.7:3128';
    const network = { proxyUrl, hasCertificates: false };
    const { template } = jobManifest(spec, files, { ...SETTINGS, network }).spec ?? {};

    expect(template?.metadata?.labels).toMatchObject({ 'strategy-loop/network': 'feed-proxy' });
    expect(template?.spec?.containers[0]?.env).toContainEqual({
      name: 'HTTPS_PROXY',
      value: proxyUrl,
    });
    expect(template?.spec === undefined ? ['none'] : podViolations(template.spec)).toEqual([]);
    expect(manifest().spec?.template.metadata?.labels).not.toHaveProperty('strategy-loop/network');
    expect(variables(podOf())).not.toContain('HTTPS_PROXY');
    expect(variables(template?.spec)).not.toContain('NODE_EXTRA_CA_CERTS');
  });

  it('tells it the certificates that lie where it can write nothing', () => {
    const network = { proxyUrl: 'http://10.96.0.7:3128', hasCertificates: true };
    const { template } = jobManifest(spec, files, { ...SETTINGS, network }).spec ?? {};

    const { env, volumeMounts } = template?.spec?.containers[0] ?? {};
    expect(env).toContainEqual({
      name: 'NODE_EXTRA_CA_CERTS',
      value: '/job/control/certificates.pem',
    });
    expect(volumeMounts).toContainEqual(
      expect.objectContaining({ mountPath: '/job/control', readOnly: true }),
    );
  });

  it('takes a seccomp profile of the nodes', () => {
    const seccompProfile = 'profiles/strategy-loop.json';

    const { template } = jobManifest(spec, files, { ...SETTINGS, seccompProfile }).spec ?? {};

    expect(template?.spec?.securityContext?.seccompProfile).toEqual({
      type: 'Localhost',
      localhostProfile: seccompProfile,
    });
  });
});

/** What Kubernetes makes of a command's words: `$(NAME)` is a variable, and `$$` one dollar. */
function expanded(word: string): string {
  return word.replaceAll(/\$\$|\$\((\w+)\)/g, (found, name: string | undefined) =>
    name === undefined ? '$' : `the value of ${name || found}`,
  );
}

describe('jobManifest', () => {
  it('hands its words to the job as they are, dollars included', () => {
    const words = ['sh', '-c', 'kill -KILL $$; echo $(HOME) $((1 + 1)) $$(x)'];
    const spec = aSpec('trade');
    const files = jobFiles(SETTINGS.directory, spec.jobName);
    const made = jobManifest(spec, files, { ...SETTINGS, command: () => words });
    const command = made.spec?.template.spec?.containers[0]?.command ?? [];

    expect(command.map(expanded).slice(-3)).toEqual(words);
    // The script around the job, too.
    expect(command.map(expanded)[2]).toContain('now=${up%.*}${up#*.}0');
  });

  it('asks for a pod that Pod Security "restricted" admits, and for more than it asks', () => {
    expect(podViolations(podOf())).toEqual([]);
  });

  it.each(PLANTED)('would be caught without its rule: %s', (rule, change) => {
    const pod = structuredClone(podOf());
    change(pod);

    expect(podViolations(pod)).toContain(rule);
  });

  it('is tried once, never deleted by itself, and ended by the platform only long after the keeper', () => {
    const { spec } = manifest();

    expect(spec).toMatchObject({ backoffLimit: 0, completions: 1, parallelism: 1 });
    expect(spec).not.toHaveProperty('ttlSecondsAfterFinished');
    expect(spec?.template.spec?.restartPolicy).toBe('Never');
    // 300 s to start, 20 s of deadline, 0.3 s of grace, 60 s beside them.
    expect(spec?.activeDeadlineSeconds).toBe(381);
  });

  it('mounts nothing of the volume but the job’s own directories, and only the output to write', () => {
    const shared = (podOf().containers[0]?.volumeMounts ?? []).filter(
      ({ name }) => name === 'jobs',
    );

    expect(shared.map(({ mountPath, readOnly }) => [mountPath, readOnly])).toEqual([
      ['/job/input', true],
      ['/job/control', true],
      ['/job/output', false],
    ]);
    for (const { subPath } of shared) {
      expect(subPath).toMatch(/^loop\/jobs\/job-[0-9a-f-]+\/(input|control|output)$/);
    }
  });

  it('keeps in annotations what does not fit into a label', () => {
    const { metadata } = manifest({ 'cycle-id': 'cycle/rsi-macd/2020-01-01_2021-01-01' });

    expect(metadata?.labels).toMatchObject({
      'strategy-loop/cycle-id': 'cycle-rsi-macd-2020-01-01_2021-01-01',
    });
    expect(metadata?.annotations).toMatchObject({
      'strategy-loop/cycle-id': 'cycle/rsi-macd/2020-01-01_2021-01-01',
    });
  });
});

describe('labelValue', () => {
  it('makes a valid value of any text', () => {
    const valid = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 200 })), (text) => {
        const value = labelValue(text);

        expect(value).toMatch(valid);
        expect(value.length).toBeLessThanOrEqual(63);
      }),
    );
  });
});

describe('kubernetesName', () => {
  it('is a DNS label, the same on every mount of the volume, and another for another loop', () => {
    const elsewhere = { volume: '/data', directory: '/data/loop/jobs' };
    const other = { volume: '/data', directory: '/data/other/jobs' };
    const name = kubernetesName(scopeOf(SETTINGS), 'job-A_1.x');

    expect(name).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
    expect(kubernetesName(scopeOf(elsewhere), 'job-A_1.x')).toBe(name);
    expect(kubernetesName(scopeOf(other), 'job-A_1.x')).not.toBe(name);
    expect(kubernetesName(scopeOf(SETTINGS), 'job-a_1.x')).not.toBe(name);
  });
});
