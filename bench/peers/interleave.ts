import type { Output } from '../../cli/output.ts';
import { median } from '../machine.ts';
import type { PeerRun } from './peer-process.ts';

/** Somebody who does the whole work once, and says how long it took and what was found. */
export interface Runner {
  readonly name: string;
  run(): Promise<PeerRun>;
  close(): Promise<void> | void;
}

export interface Rounds {
  /** Rounds that are not counted: compilers of all sides warm up. */
  readonly warm: number;
  readonly counted: number;
  /**
   * How often everybody runs in its turn, 1 unless named; the median counts. The first run after
   * the others' turns pays for caches that they have filled. A turn of half a second is enough.
   */
  readonly turns?: number;
}

const TURN_MS_MAX = 500;

/** Lets all run in each round, one after another. @returns the counted runs by name. */
export async function interleave(
  runners: readonly Runner[],
  { warm, counted, turns = 1 }: Rounds,
  output: Output,
): Promise<Map<string, PeerRun[]>> {
  const runs = new Map<string, PeerRun[]>(runners.map(({ name }) => [name, []]));
  for (let round = -warm; round < counted; round += 1) {
    output.note(round < 0 ? 'warming up' : `round ${String(round + 1)} of ${String(counted)}`);
    for (const runner of runners) {
      const turn: PeerRun[] = [];
      const start = performance.now();
      while (
        turn.length === 0 ||
        (turn.length < turns && performance.now() - start < TURN_MS_MAX)
      ) {
        turn.push(await runner.run());
      }
      if (round >= 0) runs.get(runner.name)?.push(middleOf(turn));
    }
  }
  return runs;
}

/** The last run, at the middle time of all of them. */
function middleOf(turn: readonly PeerRun[]): PeerRun {
  const last = turn.at(-1) as PeerRun;
  const seconds = median(turn.map((run) => run.seconds));
  if (last.cpuSeconds === undefined) return { ...last, seconds };
  return { ...last, seconds, cpuSeconds: median(turn.map((run) => run.cpuSeconds ?? 0)) };
}
