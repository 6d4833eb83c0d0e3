import { readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createKubernetesLauncher } from '../../../adapters/launchers/kubernetes.ts';
import { ask } from '../../../adapters/launchers/kubernetes-api.ts';
import type { KubernetesApi } from '../../../adapters/launchers/kubernetes-api.ts';
import {
  JobConflictError,
  LauncherUnavailableError,
} from '../../../adapters/launchers/launcher.ts';
import type { Launcher, LaunchSpec } from '../../../adapters/launchers/launcher.ts';
import {
  endedPod,
  KubernetesFake,
  RUNNING_POD,
  waitingPod,
} from '../../support/kubernetes-fake.ts';
import { aSpec, until, waitFor } from '../../support/launcher-contract.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';

const MIB = 1024 * 1024;
const PATIENT_MS = 60_000;

let volume: string;
let fake: KubernetesFake;
let api: KubernetesApi;

beforeAll(async () => {
  volume = await scratchDirectory('kubernetes-launcher');
});
afterAll(() => rm(volume, { recursive: true, force: true }));
beforeEach(async () => {
  fake = new KubernetesFake();
  api = await fake.start();
});
afterEach(() => {
  fake.stop();
});

function create(startMsMax = PATIENT_MS): Launcher {
  return createKubernetesLauncher({
    api,
    claim: 'jobs',
    volume,
    directory: join(volume, 'jobs'),
    image: 'strategy-loop:test',
    command: (jobType) => ['node', jobType],
    startMsMax,
  });
}

async function started(launcher: Launcher, limits: Partial<LaunchSpec['limits']> = {}) {
  const spec = aSpec('ok', limits);
  await launcher.ensure(spec);
  return spec;
}

// Every test of this file runs against a FAKE of the API, which runs no container.
describe('createKubernetesLauncher, against a fake of the API: ends', () => {
  it.each([
    ['an exit code', endedPod(65), { cause: 'exited', exitCode: 65, wallMs: 2500 }],
    ['a signal', endedPod(137), { cause: 'killed', exitCode: null, signal: 'SIGKILL' }],
    [
      'memory, confirmed by the node',
      endedPod(137, { reason: 'OOMKilled' }),
      { cause: 'out-of-memory', peakMemoryBytes: 1024 * MIB },
    ],
    ['the deadline', endedPod(143, { message: '20001 5' }), { cause: 'deadline' }],
    [
      'a note that somebody else wrote',
      endedPod(0, { message: 'oops' }),
      { cause: 'exited', exitCode: 0, wallMs: 3000, peakMemoryBytes: 0 },
    ],
    [
      'a container that the node lost',
      endedPod(137, { reason: 'ContainerStatusUnknown' }),
      { cause: 'lost', detail: 'the node lost its container' },
    ],
    [
      'an eviction',
      { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
      { cause: 'lost', detail: 'Evicted: The node was low on resource: memory.' },
    ],
    [
      'a drained node, though its container ended with a code',
      {
        ...endedPod(143),
        conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }],
      },
      { cause: 'lost', exitCode: null, detail: 'EvictionByEvictionAPI' },
    ],
    [
      'a program that cannot be started',
      endedPod(128, { reason: 'StartError', message: '/bin/sh: no such file' }),
      { cause: 'not-started', detail: 'StartError: /bin/sh: no such file' },
    ],
  ])('reports %s', async (_, status, end) => {
    const launcher = create();
    const { jobName } = await started(launcher);
    fake.setPod(status);

    expect(await waitFor(launcher, jobName)).toMatchObject({ phase: 'ended', ...end });
  });

  it('takes a job that was done when its pod was deleted as done', async () => {
    const launcher = create();
    const { jobName } = await started(launcher);
    fake.setPod(endedPod(0), { deletionTimestamp: new Date().toISOString() });

    expect(await waitFor(launcher, jobName)).toMatchObject({ cause: 'exited', exitCode: 0 });
  });

  it('gives up a pod whose node does not answer, and not one that is only being stopped', async () => {
    const launcher = create();
    const { jobName } = await started(launcher);
    fake.setPod(RUNNING_POD, { deletionTimestamp: new Date().toISOString() });
    expect(await launcher.observe(jobName)).toMatchObject({ phase: 'running' });

    fake.setPod(RUNNING_POD, { deletionTimestamp: new Date(Date.now() - 31_000).toISOString() });

    expect(await launcher.observe(jobName)).toMatchObject({ cause: 'lost' });
  });

  it('reports a Job that somebody deleted as lost', async () => {
    const launcher = create();
    const { jobName } = await started(launcher);
    fake.jobs.clear();
    fake.pods.clear();

    expect(await waitFor(launcher, jobName)).toMatchObject({ cause: 'lost' });
  });

  it.each([
    ['DeadlineExceeded', { cause: 'deadline' }],
    ['BackoffLimitExceeded', { cause: 'lost' }],
  ])('reads %s from the Job where the pod is gone', async (reason, end) => {
    const launcher = create();
    const { jobName } = await started(launcher);
    fake.pods.clear();
    for (const job of fake.jobs.values()) {
      job.status = { conditions: [{ type: 'Failed', status: 'True', reason }] };
    }

    expect(await waitFor(launcher, jobName)).toMatchObject(end);
  });

  it('saves the log before the end is known, so that it outlives the pod', async () => {
    const launcher = create();
    const { jobName } = await started(launcher, { logBytesMax: 7 });
    fake.log = 'last words';
    fake.setPod(endedPod(70));
    await waitFor(launcher, jobName);
    fake.pods.clear();

    expect((await create().logs(jobName)).toString()).toBe('last wo');
  });
});

describe('createKubernetesLauncher, against a fake of the API: a log', () => {
  it('is asked for again when a busy node gives nothing of it', async () => {
    const launcher = create();
    const { jobName } = await started(launcher);
    fake.log = 'last words';
    fake.emptyLogs = 2;
    fake.setPod(endedPod(70));
    await waitFor(launcher, jobName);

    expect((await launcher.logs(jobName)).toString()).toBe('last words');
  });
});

describe('createKubernetesLauncher, against a fake of the API: a job that does not start', () => {
  it.each([
    ['ImagePullBackOff', waitingPod('ImagePullBackOff', 'no such image'), /no such image/],
    [
      'Unschedulable',
      {
        phase: 'Pending',
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no cpu' },
        ],
      },
      /Unschedulable: no cpu/,
    ],
  ])('is deleted after its start deadline, with the reason: %s', async (_, status, detail) => {
    const launcher = create(400);
    const { jobName } = await started(launcher);
    fake.setPod(status);
    expect(await launcher.observe(jobName)).toMatchObject({ phase: 'running' });

    const end = await waitFor(launcher, jobName);

    expect(end).toMatchObject({ cause: 'not-started', exitCode: null, signal: null });
    expect(end.detail).toMatch(detail);
    expect(fake.deletions).toEqual(['Background']);
    expect(fake.jobs.size).toBe(0);
  });

  it('is given up at once where no waiting helps', async () => {
    const launcher = create();
    const { jobName } = await started(launcher);
    fake.setPod(waitingPod('InvalidImageName', 'couldn\'t parse "A:b:c"'));

    expect(await waitFor(launcher, jobName)).toMatchObject({ cause: 'not-started' });
  });

  it('says why its pod was not admitted', async () => {
    fake.isAdmitting = false;
    // The newest counts, also where events have their time in microseconds and in no other form.
    const eventTime = '2026-11-21T18:13:04.795212Z';
    const message = 'violates PodSecurity "restricted"';
    fake.events.push(
      { reason: 'Older', message: 'x', lastTimestamp: '2026-11-21T18:13:03Z' },
      { reason: 'FailedCreate', message, lastTimestamp: null, eventTime },
      { reason: 'Oldest', message: 'y', lastTimestamp: null, eventTime: null },
    );
    const launcher = create(300);
    const { jobName } = await started(launcher);

    expect((await waitFor(launcher, jobName)).detail).toMatch(/violates PodSecurity/);
  });

  it('is reported as not started only when its pod cannot start any more', async () => {
    fake.collectMs = 400;
    const launcher = create(300);
    const { jobName } = await started(launcher);

    const end = await waitFor(launcher, jobName);

    expect(end).toMatchObject({ cause: 'not-started' });
    // Would notice a report right after the deletion of the Job.
    expect(fake.pods.size).toBe(0);
  });

  it('may say good-bye when it is cancelled while its node has not told yet that it runs', async () => {
    const launcher = create();
    const { jobName } = await started(launcher);
    for (const pod of fake.pods.values()) Object.assign(pod, { spec: { nodeName: 'node1' } });
    fake.setPod(waitingPod('ContainerCreating', ''));

    const cancelled = launcher.cancel(jobName);
    setTimeout(() => {
      fake.setPod(endedPod(3));
    }, 300);
    await cancelled;

    // Would notice a Job that is deleted, and its pod killed with it, before it has had its grace.
    expect(await launcher.observe(jobName)).toMatchObject({ cause: 'cancelled', exitCode: 3 });
  });

  it('is deleted when it is cancelled', async () => {
    const launcher = create();
    const { jobName } = await started(launcher);

    await launcher.cancel(jobName);

    expect(await launcher.observe(jobName)).toMatchObject({ cause: 'cancelled' });
    expect(fake.jobs.size).toBe(0);
  });
});

describe('createKubernetesLauncher, against a fake of the API: stops and outages', () => {
  const stopFileOf = (jobName: string): string => join(volume, 'jobs', jobName, 'control', 'stop');

  it('asks a running job to stop with a file and leaves its pod alone', async () => {
    const launcher = create();
    const { jobName } = await started(launcher);
    fake.setPod(RUNNING_POD);
    const cancelled = launcher.cancel(jobName);
    await until(() =>
      stat(stopFileOf(jobName)).then(
        () => true,
        () => false,
      ),
    );

    fake.setPod(endedPod(3));
    await cancelled;

    expect(await launcher.observe(jobName)).toMatchObject({ cause: 'cancelled', exitCode: 3 });
    expect(fake.deletions).toEqual([]);
  });

  it('deletes a job that hangs together with its keeper', async () => {
    const launcher = create();
    const { jobName } = await started(launcher);
    fake.setPod(RUNNING_POD);
    await writeFile(stopFileOf(jobName), '');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(stopFileOf(jobName), longAgo, longAgo);

    await launcher.cancel(jobName);

    expect(await launcher.observe(jobName)).toMatchObject({
      cause: 'cancelled',
      signal: 'SIGKILL',
    });
    expect(fake.deletions).toEqual(['Background']);
  });

  it('goes on after an API that was busy, broken or away', async () => {
    const launcher = create();
    fake.outages = [503, 0, 429];

    const { jobName } = await started(launcher);

    expect(fake.jobs.size).toBe(1);
    expect(await launcher.observe(jobName)).toMatchObject({ phase: 'running' });
  });

  it('says that the API is away when it stays away, and does not repeat a refusal', async () => {
    fake.outages = [503, 503, 503, 503, 503, 503];
    const away = ask(() => api.core.listNamespacedPod({ namespace: 'jobs' }), 1);
    await expect(away).rejects.toThrow(LauncherUnavailableError);
    fake.outages = [403];
    const before = fake.calls;

    const refused = ask(() => api.core.listNamespacedPod({ namespace: 'jobs' }), 1);

    await expect(refused).rejects.toMatchObject({ code: 403 });
    expect(fake.calls).toBe(before + 1);
  });

  it('creates one Job though many workers start it, and refuses one of another spec', async () => {
    const spec = aSpec('ok');
    await Promise.all([create(), create(), create()].map((each) => each.ensure(spec)));
    expect(fake.jobs.size).toBe(1);
    // Another loop's worker, without our files, made a Job under our name.
    await rm(join(volume, 'jobs', spec.jobName), { recursive: true });

    const other = create().ensure({ ...spec, specHash: 'other' });

    await expect(other).rejects.toThrow(JobConflictError);
  });

  it('lists a Job whose directory is gone, and removes it', async () => {
    const launcher = create();
    const { jobName } = await started(launcher);
    await rm(join(volume, 'jobs', jobName), { recursive: true });

    expect(await launcher.list()).toContainEqual({ jobName, labels: {} });
    await launcher.cancel(jobName);
    await launcher.remove(jobName);

    expect(fake.jobs.size).toBe(0);
  });

  it('refuses a directory that the volume does not hold', () => {
    const options = { api, claim: 'c', image: 'i', command: () => [] };

    expect(() =>
      createKubernetesLauncher({ ...options, volume: '/mnt/a', directory: '/mnt/b' }),
    ).toThrow('must lie below the volume /mnt/a, was /mnt/b');
  });

  it('keeps the exact spec in a file that other workers read', async () => {
    const spec = await started(create());

    const text = await readFile(join(volume, 'jobs', spec.jobName, 'spec.json'), 'utf8');

    expect(JSON.parse(text)).toEqual(spec);
  });
});
