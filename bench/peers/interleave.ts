import type { Output } from '../../cli/output.ts';
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
}

/** Lets all run once in each round, one after another. @returns the counted runs by name. */
export async function interleave(
  runners: readonly Runner[],
  { warm, counted }: Rounds,
  output: Output,
): Promise<Map<string, PeerRun[]>> {
  const runs = new Map<string, PeerRun[]>(runners.map(({ name }) => [name, []]));
  for (let round = -warm; round < counted; round += 1) {
    output.note(round < 0 ? 'warming up' : `round ${String(round + 1)} of ${String(counted)}`);
    for (const runner of runners) {
      const run = await runner.run();
      if (round >= 0) runs.get(runner.name)?.push(run);
    }
  }
  return runs;
}
