import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { packagePath } from '../../cli/package-path.ts';
import { createOutput, fixed, table } from '../../cli/output.ts';
import { describeMachine, median } from '../machine.ts';
import { openBenchLoop } from './bench-loop.ts';
import type { CycleTimes } from './bench-loop.ts';

const CYCLES = 8;
const OUTSIDE_MS_MAX = 1000;
const RATIO_MAX = 1.3;

/**
 * Where the time of a cycle goes. The same cycles run twice on fresh servers: with jobs in a
 * thread of the worker, which shows the loop's own time beside the jobs' work, and with the process launcher,
 * which adds what process starts cost. After each cycle its peer runs: as many activities, one
 * after another, that do nothing.
 *
 * @returns whether the targets are met.
 */
export async function benchCycle(json: boolean): Promise<boolean> {
  const output = createOutput(json);
  const { code: bundle } = await bundleWorkflowCode({
    workflowsPath: packagePath('dist/bench/cycle/workflows.js'),
    logger: new DefaultLogger('ERROR'),
  });
  output.note('1 of 2: jobs in a thread of the worker');
  const inside = await measure('thread', bundle, output);
  output.note('2 of 2: jobs as processes');
  const processes = await measure('process', bundle, output);
  const figures = summarize(inside, processes);
  const isMet = figures.outsideMs <= OUTSIDE_MS_MAX && figures.ratioToBare <= RATIO_MAX;
  output.answer(
    {
      command: 'npm run bench -- cycle',
      machine: describeMachine(),
      cycles: CYCLES,
      ...figures,
      isMet,
    },
    text(figures, isMet),
  );
  return isMet;
}

async function measure(
  kind: 'thread' | 'process',
  bundle: string,
  output: ReturnType<typeof createOutput>,
): Promise<CycleTimes[]> {
  const loop = await openBenchLoop(kind, { bundle, output });
  const times: CycleTimes[] = [];
  try {
    for (let index = 0; index < CYCLES; index += 1) times.push(await loop.runCycle(index));
  } finally {
    await loop.close();
  }
  // The first cycle warms caches and the sticky queue.
  return times.slice(1);
}

function summarize(inside: readonly CycleTimes[], processes: readonly CycleTimes[]) {
  const of = (times: readonly CycleTimes[], pick: (time: CycleTimes) => number): number =>
    median(times.map(pick));
  const outside = (time: CycleTimes): number => time.wallMs - time.jobsMs;
  return {
    wallMs: of(processes, (time) => time.wallMs),
    jobWorkMs: of(inside, (time) => time.jobsMs),
    processStartMs: of(processes, (time) => time.jobsMs) - of(inside, (time) => time.jobsMs),
    postgresMs: of(inside, (time) => time.postgresMs),
    temporalMs: of(inside, (time) => outside(time) - time.postgresMs),
    outsideMs: of(inside, outside),
    activities: of(inside, (time) => time.activities),
    bareMs: of(inside, (time) => time.bareMs),
    ratioToBare: of(inside, (time) => outside(time) / time.bareMs),
  };
}

function text(figures: ReturnType<typeof summarize>, isMet: boolean): string {
  const machine = Object.entries(describeMachine())
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
  const ms = (value: number): string => `${fixed(value, 0)} ms`;
  return [
    machine,
    table(
      ['one cycle, median of 7', ''],
      [
        ['whole, jobs as processes', ms(figures.wallMs)],
        ['  job work', ms(figures.jobWorkMs)],
        ['  process start', ms(figures.processStartMs)],
        ['  Postgres', ms(figures.postgresMs)],
        ['  Temporal and the rest', ms(figures.temporalMs)],
        [
          'outside the jobs, no processes',
          `${ms(figures.outsideMs)} (target <= ${String(OUTSIDE_MS_MAX)} ms)`,
        ],
        [`${String(figures.activities)} bare activities`, ms(figures.bareMs)],
        ['outside / bare', `${fixed(figures.ratioToBare)} (target <= ${String(RATIO_MAX)})`],
      ],
    ),
    isMet ? 'targets met' : 'targets NOT met',
  ].join('\n');
}
