import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { S3_VARIABLES } from '../../../adapters/artifacts/s3-settings.ts';
import { CONTAINER_ENVIRONMENT } from '../../../adapters/launchers/container-environment.ts';
import type { Launcher } from '../../../adapters/launchers/launcher.ts';
import { createProcessLauncher } from '../../../adapters/launchers/process.ts';
import { JobRunningError } from '../../../adapters/launchers/process-jobs.ts';
import { JobAbsentError } from '../../../adapters/launchers/process-wait.ts';
import { groupMembers, isRunning, readProcess } from '../../../adapters/launchers/process-table.ts';
import type { ProcessIdentity } from '../../../adapters/launchers/process-table.ts';
import { JobFiles } from '../../../adapters/launchers/process-job-files.ts';
import {
  aSpec,
  CONTRACT_JOBS,
  countRuns,
  launcherContract,
  runJob,
  until,
  untilLogged,
  waitFor,
} from '../../support/launcher-contract.ts';
import { typescriptArguments } from '../../support/run-typescript.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';

let directory: string;

beforeAll(async () => {
  directory = await scratchDirectory('process-launcher');
});

afterAll(async () => {
  for (const { jobName } of await create().list()) {
    await create().cancel(jobName);
  }
  await rm(directory, { recursive: true, force: true });
});

function create(jobs = directory): Launcher {
  return createProcessLauncher({
    directory: jobs,
    command: (jobType) => CONTRACT_JOBS[jobType] ?? [],
  });
}

/** The shell that leads a job. */
async function leaderOf(jobName: string): Promise<ProcessIdentity> {
  const leader = await new JobFiles(join(directory, jobName)).readStarted();
  if (leader === null) {
    throw new Error(`job ${jobName} has not started`);
  }
  return leader;
}

describe('createProcessLauncher', () => {
  launcherContract({ create, elsewhere: () => create(`${directory}-other`) });

  it('gives the job an environment of its own, in its own directory', async () => {
    process.env['CANARY_SECRET'] = 'do-not-leak';
    const spec = aSpec('environment');

    const launcher = create();
    await runJob(launcher, spec);
    delete process.env['CANARY_SECRET'];

    const lines = (await launcher.logs(spec.jobName)).toString().trim().split('\n');
    const work = join(directory, spec.jobName, 'work');
    const names = lines.slice(0, -2).map((line) => line.split('=')[0]);
    expect(lines.join('\n')).not.toContain('do-not-leak');
    expect(names.filter((name) => name !== 'PWD' && name !== '_').sort()).toEqual([
      'HOME',
      'LANG',
      'NODE_ENV',
      'PATH',
      'STRATEGY_LOOP_JOB_INPUT',
      'STRATEGY_LOOP_JOB_OUTPUT',
      'TMPDIR',
      'TZ',
    ]);
    expect(lines).toContain(`HOME=${work}`);
    expect(lines.at(-2)).toBe(work);
  });

  it('gives the job nothing of what leads to the object store', async () => {
    const before = { ...process.env };
    for (const name of S3_VARIABLES) process.env[name] = 'do-not-leak';
    const spec = aSpec('environment');
    const launcher = create();

    await runJob(launcher, spec);
    for (const name of S3_VARIABLES) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);

    const log = (await launcher.logs(spec.jobName)).toString();
    expect(log).toContain('STRATEGY_LOOP_JOB_INPUT=');
    expect(log).not.toContain('do-not-leak');
    // The allow-list of every launcher of containers.
    for (const name of S3_VARIABLES) expect(CONTAINER_ENVIRONMENT).not.toHaveProperty(name);
  });

  it('would leak the canary if it passed the environment on', async () => {
    const careless = createProcessLauncher({
      directory,
      command: () => ['env'],
      environment: { CANARY_SECRET: 'do-not-leak' },
    });
    const spec = aSpec('environment');

    await runJob(careless, spec);

    expect((await careless.logs(spec.jobName)).toString()).toContain('do-not-leak');
  });

  it('would run a job several times if every worker started it without asking', async () => {
    const careless = (): Launcher => {
      const launcher = create();
      return {
        ...launcher,
        async ensure(spec) {
          const { output } = await launcher.directories(spec.jobName);
          const [program = '', ...args] = CONTRACT_JOBS[spec.jobType] ?? [];
          const env = { STRATEGY_LOOP_JOB_OUTPUT: output };
          await once(spawn(program, args, { env }), 'exit');
          await launcher.ensure(spec);
        },
      };
    };

    expect(await countRuns(careless)).toBeGreaterThan(1);
  });

  it('never lets the shell read arguments as code', async () => {
    const launcher = createProcessLauncher({
      directory,
      command: (jobType) => ['printf', '%s|%s', '$(touch pwned); "`id`"', jobType],
    });
    const spec = aSpec(`'; touch pwned; '`);

    await runJob(launcher, spec);

    expect((await launcher.logs(spec.jobName)).toString()).toBe(
      `$(touch pwned); "\`id\`"|'; touch pwned; '`,
    );
    expect(await readdir(join(directory, spec.jobName, 'work'))).toEqual(['tmp']);
  });

  it.each(['../up', '', '.hidden', 'a/b', 'a'.repeat(129)])(
    'refuses %j as a job name',
    async (jobName) => {
      await expect(create().ensure({ ...aSpec('ok'), jobName })).rejects.toThrow('job name must');
    },
  );

  it('reports a program that cannot be started as exit 127', async () => {
    const launcher = createProcessLauncher({ directory, command: () => ['/does/not/exist'] });

    expect(await runJob(launcher, aSpec('ok'))).toMatchObject({ cause: 'exited', exitCode: 127 });
  });

  it('kills the background process that a job leaves behind', async () => {
    const [launcher, spec] = [create(), aSpec('leaver')];
    const { output } = await launcher.directories(spec.jobName);

    const end = await runJob(launcher, spec);

    expect(end).toMatchObject({ cause: 'exited', exitCode: 0 });
    const pid = Number(await readFile(join(output, 'pid'), 'utf8'));
    expect(readProcess(pid)?.isZombie ?? true).toBe(true);
    expect(groupMembers(await leaderOf(spec.jobName))).toEqual([]);
  });

  it('calls a job lost when its shell is killed, and leaves nothing of it', async () => {
    const [launcher, spec] = [create(), aSpec('hang')];
    await launcher.ensure(spec);
    await untilLogged(launcher, spec.jobName, 'ready');
    const leader = await leaderOf(spec.jobName);

    process.kill(leader.pid, 'SIGKILL');
    const end = await waitFor(launcher, spec.jobName);

    expect(end).toMatchObject({ cause: 'lost', exitCode: null, signal: null });
    expect(groupMembers(leader)).toEqual([]);
    expect(await create().observe(spec.jobName)).toEqual(end);
  });

  it('notices by the start time that a pid belongs to another process now', async () => {
    const [launcher, spec] = [create(), aSpec('ok')];
    await launcher.directories(spec.jobName);
    const files = new JobFiles(join(directory, spec.jobName));
    await files.writeSpecOnce(spec);
    await files.takeClaim();
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    await writeFile(join(files.directory, 'started'), `${String(process.pid)} 1 ${boot}\n`);

    const end = await runJob(launcher, spec);

    // Believing the pid alone would have called this test process the job, and killed it.
    expect(end).toMatchObject({ cause: 'lost' });
  });

  it('says why an earlier worker stopped the job', async () => {
    const [launcher, spec] = [create(), aSpec('hang', { graceMs: 60_000 })];
    await launcher.ensure(spec);
    const files = new JobFiles(join(directory, spec.jobName));
    await files.writeStopOnce({ cause: 'out-of-memory', uptimeMs: 0 });

    expect(await waitFor(create(), spec.jobName)).toMatchObject({
      cause: 'out-of-memory',
      signal: 'SIGKILL',
    });
  });

  it('never starts a job that was cancelled before it started', async () => {
    const [launcher, spec] = [create(), aSpec('once')];
    await launcher.directories(spec.jobName);
    await new JobFiles(join(directory, spec.jobName)).writeSpecOnce(spec);

    await launcher.cancel(spec.jobName);
    const end = await runJob(launcher, spec);

    expect(end).toMatchObject({ cause: 'cancelled', wallMs: 0 });
  });

  const itHere = process.getuid?.() === 0 ? it : it.skip;
  const remark = process.getuid?.() === 0 ? '' : ' (skipped: only root may choose the user)';
  itHere(`runs jobs as another user when told so${remark}`, async () => {
    const launcher = createProcessLauncher({
      directory,
      command: () => ['sh', '-c', 'id -u; id -g; id -G; touch "$STRATEGY_LOOP_JOB_OUTPUT/made"'],
      user: { uid: 65534, gid: 65534 },
    });
    const spec = aSpec('ok');

    const end = await runJob(launcher, spec);

    expect(end).toMatchObject({ cause: 'exited', exitCode: 0 });
    expect((await launcher.logs(spec.jobName)).toString()).toBe('65534\n65534\n65534\n');
  });

  it('refuses to wait for a job that is absent and to remove one that runs', async () => {
    const [launcher, spec] = [create(), aSpec('hang')];
    await expect(waitFor(launcher, spec.jobName)).rejects.toThrow(JobAbsentError);
    await launcher.ensure(spec);

    await expect(launcher.remove(spec.jobName)).rejects.toThrow(JobRunningError);

    await launcher.cancel(spec.jobName);
  });
});

describe('a worker killed with SIGKILL', () => {
  it('leaves its job to the next worker, which sees it end and counts one run', async () => {
    const spec = aSpec('polite');
    await launchAndDie(spec);
    const leader = await leaderOf(spec.jobName);
    expect(isRunning(leader)).toBe(true);

    const launcher = create();
    await launcher.ensure(spec);
    await untilLogged(launcher, spec.jobName, 'ready');
    const waiting = waitFor(launcher, spec.jobName);
    await until(async () => (await launcher.observe(spec.jobName)).phase === 'running');
    process.kill(-leader.pid, 'SIGTERM');

    expect(await waiting).toMatchObject({ cause: 'exited', exitCode: 3 });
  });

  it('does not stretch the deadline', async () => {
    const spec = aSpec('deaf', { deadlineMs: 300, graceMs: 100 });
    await launchAndDie(spec);

    const end = await waitFor(create(), spec.jobName);

    expect(end).toMatchObject({ cause: 'deadline', signal: 'SIGKILL' });
  });
});

/** Starts a job from a process that kills itself with SIGKILL right afterwards. */
async function launchAndDie(spec: ReturnType<typeof aSpec>): Promise<void> {
  const source = fileURLToPath(new URL('../../../adapters/launchers/process.ts', import.meta.url));
  const script = `
    import { createProcessLauncher } from ${JSON.stringify(source)};
    const argv = ${JSON.stringify(CONTRACT_JOBS[spec.jobType])};
    const directory = ${JSON.stringify(directory)};
    await createProcessLauncher({ directory, command: () => argv }).ensure(${JSON.stringify(spec)});
    process.kill(process.pid, 'SIGKILL');
  `;
  const path = join(directory, `.launch-${spec.jobName}.mjs`);
  await writeFile(path, script);
  const child = spawn(process.execPath, [...typescriptArguments(), path], { stdio: 'inherit' });
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
}
