/* eslint-disable jest/no-export -- it declares tests that other test files run */
import { randomUUID } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JobConflictError } from '../../adapters/launchers/launcher.ts';
import type { JobObservation, Launcher, LaunchSpec } from '../../adapters/launchers/launcher.ts';
import { DEFAULT_JOB_LIMITS } from '../../schemas/payload.ts';
import type { JobLimits } from '../../schemas/payload.ts';

const MIB = 1024 * 1024;

/**
 * Jobs that every launcher must be able to run: argv by job type. They need a POSIX sh and node
 * only, and find their directories as real jobs do.
 */
export const CONTRACT_JOBS: Readonly<Record<string, readonly string[]>> = {
  ok: sh('cat "$STRATEGY_LOOP_JOB_INPUT/input.json" > "$STRATEGY_LOOP_JOB_OUTPUT/result.json"'),
  'exit-65': sh('exit 65'),
  'exit-70': sh('exit 70'),
  'exit-75': sh('exit 75'),
  hang: sh('echo ready; exec sleep 600'),
  deaf: sh(`trap '' TERM; touch "$STRATEGY_LOOP_JOB_OUTPUT/deaf"; while :; do sleep 0.05; done`),
  polite: sh(`trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.02; done`),
  hungry: [
    'node',
    '-e',
    'const kept = []; setInterval(() => kept.push(Buffer.alloc(16 * 1024 * 1024, 1)), 10)',
  ],
  verbose: sh('yes 0123456789 | head -c 3000000; echo done >&2; exit 0'),
  leaver: sh('sleep 600 & echo $! > "$STRATEGY_LOOP_JOB_OUTPUT/pid"; exit 0'),
  suicide: sh('kill -KILL $$'),
  once: sh('echo run >> "$STRATEGY_LOOP_JOB_OUTPUT/runs"; sleep 0.2'),
  'large-output': sh('head -c 2000000 /dev/zero > "$STRATEGY_LOOP_JOB_OUTPUT/big"; exec sleep 600'),
  'large-output-and-end': sh('head -c 2000000 /dev/zero > "$STRATEGY_LOOP_JOB_OUTPUT/big"'),
  'many-files': sh(
    'i=0; while [ $i -lt 50 ]; do : > "$STRATEGY_LOOP_JOB_OUTPUT/f$i"; i=$((i+1)); done; exec sleep 600',
  ),
  environment: sh('env; pwd; echo "$0"'),
};

function sh(script: string): readonly string[] {
  return ['sh', '-c', script];
}

/** What the contract needs to know about the launcher under test. */
export interface LauncherHarness {
  /** @returns a launcher as one more worker would have it, on the same jobs as all others. */
  readonly create: () => Launcher;
  /** @returns a launcher of another loop on the same platform: one with another directory. */
  readonly elsewhere: () => Launcher;
}

/** A spec with a fresh name and short times. */
export function aSpec(jobType: string, limits: Partial<JobLimits> = {}): LaunchSpec {
  return {
    jobName: `job-${randomUUID()}`,
    jobType,
    specHash: `hash-of-${jobType}`,
    limits: { ...DEFAULT_JOB_LIMITS, deadlineMs: 20_000, graceMs: 300, ...limits },
    labels: { strategy: 'rsi-macd', stage: 'trade' },
  };
}

/** Starts a job and waits for its end. */
export async function runJob(
  launcher: Launcher,
  spec: LaunchSpec,
): Promise<Extract<JobObservation, { phase: 'ended' }>> {
  await launcher.ensure(spec);
  return waitFor(launcher, spec.jobName);
}

/** Waits for a job's end without a time limit of its own. */
export function waitFor(launcher: Launcher, jobName: string): ReturnType<Launcher['wait']> {
  return launcher.wait(jobName, { signal: new AbortController().signal });
}

/** Waits until the job's log holds a text, so that a test acts on a job that is really up. */
export async function untilLogged(
  launcher: Launcher,
  jobName: string,
  text: string,
): Promise<void> {
  await until(async () => (await launcher.logs(jobName)).includes(text));
}

/** Waits for a condition, at most 10 s. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) {
      throw new Error(`still not true after 10 s: ${condition.toString()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** @returns how often a job runs that six workers start at the same time. */
export async function countRuns(create: () => Launcher): Promise<number> {
  const spec = aSpec('once');
  const launchers = Array.from({ length: 6 }, create);
  await Promise.all(launchers.map((launcher) => launcher.ensure(spec)));
  const ends = await Promise.all(launchers.map((each) => waitFor(each, spec.jobName)));
  if (new Set(ends.map((end) => JSON.stringify(end))).size !== 1) {
    throw new Error('workers disagree about how the job ended');
  }
  const { output } = await create().directories(spec.jobName);
  return (await readFile(join(output, 'runs'), 'utf8')).split('run').length - 1;
}

/** Declares the tests that every launcher must pass. */
export function launcherContract(harness: LauncherHarness): void {
  describe('ends', () => {
    endsContract(harness);
  });
  describe('limits', () => {
    limitsContract(harness);
  });
  describe('idempotence', () => {
    idempotenceContract(harness);
  });
}

function endsContract({ create }: LauncherHarness): void {
  it('hands the input directory over and gives the output directory back', async () => {
    const [launcher, spec] = [create(), aSpec('ok')];
    const { input, output } = await launcher.directories(spec.jobName);
    await writeFile(join(input, 'input.json'), '{"answer":42}');

    const end = await runJob(launcher, spec);

    expect(end).toMatchObject({ phase: 'ended', cause: 'exited', exitCode: 0, signal: null });
    expect(await readFile(join(output, 'result.json'), 'utf8')).toBe('{"answer":42}');
  });

  it.each([65, 70, 75])('reports exit code %i', async (exitCode) => {
    const end = await runJob(create(), aSpec(`exit-${String(exitCode)}`));

    expect(end).toMatchObject({ cause: 'exited', exitCode, signal: null });
  });

  it('reports a job that somebody else killed, with the signal', async () => {
    const end = await runJob(create(), aSpec('suicide'));

    expect(end).toMatchObject({ cause: 'killed', exitCode: null, signal: 'SIGKILL' });
  });

  it('cuts the log of a verbose job at the cap and lets the job end well', async () => {
    const [launcher, spec] = [create(), aSpec('verbose', { logBytesMax: 100_000 })];

    const end = await runJob(launcher, spec);

    expect(end).toMatchObject({ cause: 'exited', exitCode: 0 });
    expect(await launcher.logs(spec.jobName)).toHaveLength(100_000);
  });

  it('keeps stdout and stderr whole below the cap', async () => {
    const [launcher, spec] = [create(), aSpec('verbose', { logBytesMax: 4_000_000 })];

    await runJob(launcher, spec);

    const log = (await launcher.logs(spec.jobName)).toString();
    expect(log).toHaveLength(3_000_005);
    expect(log.endsWith('done\n')).toBe(true);
  });

  it('cancels a job, letting it say good-bye', async () => {
    const [launcher, spec] = [create(), aSpec('polite', { graceMs: 10_000 })];
    await launcher.ensure(spec);
    await untilLogged(launcher, spec.jobName, 'ready');

    await launcher.cancel(spec.jobName);

    expect(await launcher.observe(spec.jobName)).toMatchObject({ cause: 'cancelled', exitCode: 3 });
    expect((await launcher.logs(spec.jobName)).toString()).toContain('bye');
  });
}

function limitsContract({ create }: LauncherHarness): void {
  it('kills a job that ignores SIGTERM at deadline plus grace', async () => {
    const [launcher, spec] = [create(), aSpec('deaf', { deadlineMs: 500, graceMs: 300 })];
    const progress: JobObservation[] = [];
    await launcher.ensure(spec);

    const end = await launcher.wait(spec.jobName, {
      signal: new AbortController().signal,
      onProgress: (observation) => progress.push(observation),
    });

    expect(end).toMatchObject({ cause: 'deadline', exitCode: null, signal: 'SIGKILL' });
    expect(end.wallMs).toBeGreaterThanOrEqual(790);
    expect(end.wallMs).toBeLessThan(2_000);
    expect(progress.length).toBeGreaterThan(3);
  });

  it('kills a job that goes over its memory', async () => {
    const end = await runJob(create(), aSpec('hungry', { memoryMib: 200 }));

    expect(end).toMatchObject({ cause: 'out-of-memory', signal: 'SIGKILL' });
    expect(end.peakMemoryBytes).toBeGreaterThanOrEqual(200 * MIB);
  });

  it.each(['large-output', 'large-output-and-end'])(
    'refuses more bytes than it may write: %s',
    async (jobType) => {
      const end = await runJob(create(), aSpec(jobType, { outputBytesMax: 1_000_000 }));

      expect(end).toMatchObject({ cause: 'output-too-large' });
    },
  );

  it('stops a job that writes too many files', async () => {
    const end = await runJob(create(), aSpec('many-files', { outputFilesMax: 10 }));

    expect(end).toMatchObject({ cause: 'output-too-large' });
  });
}

function idempotenceContract({ create, elsewhere }: LauncherHarness): void {
  it('leaves a job of the same name alone that another loop has', async () => {
    const [own, other, spec] = [create(), elsewhere(), aSpec('hang')];
    await own.ensure(spec);
    await untilLogged(own, spec.jobName, 'ready');

    expect(await other.observe(spec.jobName)).toEqual({ phase: 'absent' });
    await other.ensure({ ...spec, specHash: 'of-the-other' });
    await untilLogged(other, spec.jobName, 'ready');
    expect((await other.list()).map(({ jobName }) => jobName)).toEqual([spec.jobName]);
    await other.cancel(spec.jobName);
    await other.remove(spec.jobName);

    expect(await other.list()).toEqual([]);
    expect(await own.observe(spec.jobName)).toMatchObject({ phase: 'running' });
    await own.cancel(spec.jobName);
    expect(await own.observe(spec.jobName)).toMatchObject({ cause: 'cancelled' });
  });

  it('runs a job once though many workers start it at the same time', async () => {
    expect(await countRuns(create)).toBe(1);
  });

  it('attaches to a job that has ended', async () => {
    const spec = aSpec('once');
    const first = await runJob(create(), spec);

    const second = await runJob(create(), spec);

    expect(second).toEqual(first);
    const { output } = await create().directories(spec.jobName);
    expect(await readFile(join(output, 'runs'), 'utf8')).toBe('run\n');
  });

  it('refuses another spec under the same name', async () => {
    const spec = aSpec('ok');
    await runJob(create(), spec);

    await expect(create().ensure({ ...spec, specHash: 'other' })).rejects.toThrow(JobConflictError);
  });

  it('leaves the job running when the watching is aborted', async () => {
    const [launcher, spec] = [create(), aSpec('hang')];
    await launcher.ensure(spec);
    const abort = new AbortController();
    const reason = new Error('worker shuts down');

    const watching = launcher.wait(spec.jobName, { signal: abort.signal });
    abort.abort(reason);

    await expect(watching).rejects.toBe(reason);
    expect(await create().observe(spec.jobName)).toMatchObject({ phase: 'running' });
    await launcher.cancel(spec.jobName);
  });

  it('lists a job with its labels until it is removed, and then knows nothing of it', async () => {
    const [launcher, spec] = [create(), aSpec('ok')];
    const { input, output } = await launcher.directories(spec.jobName);
    await runJob(launcher, spec);
    const named = { jobName: spec.jobName, labels: spec.labels };

    expect(await create().list()).toContainEqual(named);
    await launcher.remove(spec.jobName);
    await launcher.remove(spec.jobName);
    await launcher.cancel(spec.jobName);

    expect(await create().list()).not.toContainEqual(named);
    expect(await launcher.observe(spec.jobName)).toEqual({ phase: 'absent' });
    await expect(readdir(input)).rejects.toThrow('ENOENT');
    await expect(readdir(output)).rejects.toThrow('ENOENT');
  });
}
