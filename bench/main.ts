import { benchBackfill } from './backfill/bench-backfill.ts';
import { benchCycle } from './cycle/bench-cycle.ts';
import { benchData } from './data/bench-data.ts';
import { benchJobs } from './jobs/bench-jobs.ts';
import { benchMemory } from './memory/bench-memory.ts';
import { benchStatus } from './status/bench-status.ts';
import { benchEngine } from './engine/bench-engine.ts';
import { benchSweep } from './sweep/bench-sweep.ts';

/** Benchmarks by name: `npm run bench -- cycle`. */
const BENCHMARKS: Readonly<Record<string, (json: boolean) => Promise<boolean>>> = {
  cycle: benchCycle,
  backfill: benchBackfill,
  data: benchData,
  status: benchStatus,
  jobs: benchJobs,
  engine: benchEngine,
  memory: benchMemory,
  sweep: benchSweep,
};

async function main(argv: readonly string[]): Promise<number> {
  const json = argv.includes('--json');
  const names = argv.filter((argument) => !argument.startsWith('--'));
  const chosen = names.length === 0 ? Object.keys(BENCHMARKS) : names;
  let isMet = true;
  for (const name of chosen) {
    const benchmark = BENCHMARKS[name];
    if (benchmark === undefined) {
      const known = Object.keys(BENCHMARKS).join(', ');
      process.stderr.write(`there is no benchmark "${name}"; known: ${known}\n`);
      return 64;
    }
    isMet = (await benchmark(json)) && isMet;
  }
  return isMet ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
