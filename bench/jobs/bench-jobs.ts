import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { createDockerLauncher } from '../../adapters/launchers/docker.ts';
import { createOutput, fixed, table } from '../../cli/output.ts';
import type { Output } from '../../cli/output.ts';
import { dockerSecurity } from '../../workers/docker-settings.ts';
import { describeMachine, median } from '../machine.ts';
import { runQueue } from './queue.ts';
import type { QueueRun } from './queue.ts';
import { measureStartUp } from './start-up.ts';
import type { StartUp } from './start-up.ts';

const EXTRA_MS_MAX = 150;
const JOBS = 200;
const LOOK_EVERY = 20;
/** The first looks are taken while caches fill; from here on memory has to be flat. */
const WARM_JOBS = 40;
const GROWTH_MB_MAX = 5;
const IMAGE = process.env['STRATEGY_LOOP_IMAGE'] ?? 'strategy-loop:test';
/** Hands the input back as the result. */
const ECHO = [
  'sh',
  '-c',
  'cat "$STRATEGY_LOOP_JOB_INPUT/input.json" > "$STRATEGY_LOOP_JOB_OUTPUT/result.json"',
];

/**
 * What a job in a Docker container costs beyond the container's own start, and whether the memory
 * of a worker stays flat over 200 queued jobs. Needs a Docker Engine and the project's image, or
 * the one that STRATEGY_LOOP_IMAGE names.
 *
 * @returns whether both targets are met.
 */
export async function benchJobs(json: boolean): Promise<boolean> {
  const output = createOutput(json);
  const docker = new Docker();
  await requireImage(docker);
  const directory = await mkdtemp(join(tmpdir(), 'strategy-loop-bench-jobs-'));
  try {
    output.note('1 of 2: the same container by hand and by the launcher');
    const pairs = await measureStartUp(docker, { directory, image: IMAGE });
    output.note(`2 of 2: ${String(JOBS)} queued jobs`);
    const queue = await runQueue(
      (jobs) =>
        createDockerLauncher({
          docker,
          directory: `${jobs}-docker`,
          image: IMAGE,
          command: () => ECHO,
          security: dockerSecurity({}),
        }),
      { count: JOBS, every: LOOK_EVERY, output },
    );
    return report(pairs, queue, output);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function requireImage(docker: Docker): Promise<void> {
  try {
    await docker.getImage(IMAGE).inspect();
  } catch (error) {
    throw new Error(
      `image ${IMAGE} must be had from a Docker Engine that answers: start one and run ` +
        '`npm run test:docker` once, or name an image with STRATEGY_LOOP_IMAGE',
      { cause: error },
    );
  }
}

function report(pairs: readonly StartUp[], queue: QueueRun, output: Output): boolean {
  const bareMs = median(pairs.map((pair) => pair.bareMs));
  const ownMs = median(pairs.map((pair) => pair.ownMs));
  const extraMs = median(pairs.map((pair) => pair.ownMs - pair.bareMs));
  const warm = queue.looks.filter(({ jobs }) => jobs >= WARM_JOBS);
  const liveMb = warm.map((look) => look.liveMb);
  const growthMb = (liveMb.at(-1) ?? Infinity) - (liveMb[0] ?? 0);
  const isMet = extraMs <= EXTRA_MS_MAX && growthMb <= GROWTH_MB_MAX;
  const machine = describeMachine();
  const figures = { pairs: pairs.length, bareMs, ownMs, extraMs, queue, growthMb };
  const text = [
    Object.entries(machine)
      .map(([key, value]) => `${key} ${value}`)
      .join(', '),
    table(
      [`a container that does nothing, median of ${String(pairs.length)} pairs`, ''],
      [
        ['by plain calls of the engine', `${fixed(bareMs, 0)} ms`],
        ['by the launcher', `${fixed(ownMs, 0)} ms`],
        ['beyond', `${fixed(extraMs, 0)} ms (target <= ${String(EXTRA_MS_MAX)} ms)`],
      ],
    ),
    `${String(JOBS)} queued jobs, two at once: ${fixed(queue.seconds, 1)} s`,
    table(
      ['jobs done', 'live MB', 'resident MB'],
      queue.looks.map((look) => [String(look.jobs), fixed(look.liveMb, 1), fixed(look.rssMb, 0)]),
    ),
    `live memory grew by ${fixed(growthMb, 1)} MB from job ${String(WARM_JOBS)} on (target <= ${String(GROWTH_MB_MAX)} MB)`,
    isMet ? 'targets met' : 'targets NOT met',
  ].join('\n');
  output.answer({ command: 'npm run bench -- jobs', machine, ...figures, isMet }, text);
  return isMet;
}
