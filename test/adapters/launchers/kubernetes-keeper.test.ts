import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keeperCommand, readKeeperNote } from '../../../adapters/launchers/kubernetes-keeper.ts';
import { until } from '../../support/launcher-contract.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';

let directory: string;

beforeAll(async () => {
  directory = await scratchDirectory('keeper');
});
afterAll(() => rm(directory, { recursive: true, force: true }));

interface Kept {
  readonly output: () => string;
  readonly stop: () => Promise<void>;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<{ code: number | null; note: string }>;
}

let runs = 0;

/** Runs a script under the keeper as a container would, without the container. */
function keep(script: string, limits: { deadlineMs: number; graceMs: number }): Kept {
  runs += 1;
  const number = String(runs);
  const files = {
    stop: join(directory, `stop-${number}`),
    note: join(directory, `note-${number}`),
  };
  const [program = '', ...args] = keeperCommand(files, limits, ['sh', '-c', script]);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (part: Buffer) => (text += part.toString()));
  const ended = once(child, 'exit').then(async ([code]) => ({
    code: code as number | null,
    note: await readFile(files.note, 'utf8'),
  }));
  return {
    output: () => text,
    stop: () => writeFile(files.stop, ''),
    kill: (signal) => child.kill(signal),
    ended,
  };
}

const PATIENT = { deadlineMs: 60_000, graceMs: 60_000 };
const POLITE = `trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.02; done`;
const DEAF = `trap '' TERM; echo ready; while :; do sleep 0.02; done`;

describe('the keeper of a job in a pod', () => {
  it.each([0, 65, 75])('passes exit code %i on, with time and memory', async (exitCode) => {
    const { code, note } = await keep(`echo out; exit ${String(exitCode)}`, PATIENT).ended;

    expect(code).toBe(exitCode);
    expect(readKeeperNote(note)).toMatchObject({
      wallMs: expect.any(Number) as number,
      peakMemoryBytes: expect.any(Number) as number,
    });
  });

  it('keeps the order of output and errors in one stream', async () => {
    const job = keep('echo one; echo two >&2; echo three', PATIENT);
    await job.ended;

    expect(job.output()).toBe('one\ntwo\nthree\n');
  });

  it('lets a job say good-bye when it is asked to stop', async () => {
    const job = keep(POLITE, PATIENT);
    await until(() => job.output().includes('ready'));

    await job.stop();

    expect(await job.ended).toMatchObject({ code: 3 });
    expect(job.output()).toContain('bye');
  });

  it('kills a job that does not listen after the grace', async () => {
    const job = keep(DEAF, { deadlineMs: 60_000, graceMs: 200 });
    await until(() => job.output().includes('ready'));

    await job.stop();

    expect(await job.ended).toMatchObject({ code: 137 });
  });

  it('stops a job at its deadline though nobody asks', async () => {
    const { code, note } = await keep(DEAF, { deadlineMs: 300, graceMs: 200 }).ended;

    expect(code).toBe(137);
    // The clock of /proc/uptime has a resolution of 10 ms.
    expect(readKeeperNote(note)?.wallMs).toBeGreaterThanOrEqual(490);
  });

  it('hands SIGTERM of the node on to the job, and reports how the job took it', async () => {
    const job = keep(POLITE, PATIENT);
    await until(() => job.output().includes('ready'));

    job.kill('SIGTERM');

    expect(await job.ended).toMatchObject({ code: 3 });
  });

  it('reports a job that a signal ended', async () => {
    expect(await keep('kill -KILL $$', PATIENT).ended).toMatchObject({ code: 137 });
  });
});

describe('readKeeperNote', () => {
  it.each([undefined, '', 'x y', '12', '-1 5', '1 2 3', '1e9 5', '9'.repeat(40) + ' 1'])(
    'takes nothing from %j, which no keeper wrote',
    (message) => {
      expect(readKeeperNote(message)).toBeNull();
    },
  );
});
