/** What happens to a container job, and as what it has to be classified. */
export interface ContainerFault {
  readonly name: string;
  /** What the job of the first attempt does, as a shell script; `real` runs the real job. */
  readonly script: string;
  /** What is done from outside while the container runs. */
  readonly deed: 'kill-container' | 'kill-worker' | 'restart-engine' | null;
  /** How its first attempt is classified; null when the job must go on and end well. */
  readonly type: string | null;
  /** Limits of the first attempt. */
  readonly limits?: {
    readonly deadlineMs?: number;
    readonly graceMs?: number;
    readonly memoryMib?: number;
  };
}

const REAL = 'node /app/dist/jobs/main.js "$1"';
const RESULT = '"$STRATEGY_LOOP_JOB_OUTPUT/result.json"';
const HOG = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(16 * 1024 * 1024, 1)), 10)';
/** Time for what happens from outside, before the real job begins. */
const LATER = `sleep 3; exec ${REAL}`;

export const CONTAINER_FAULTS: readonly ContainerFault[] = [
  { name: 'container killed', script: 'exec sleep 300', deed: 'kill-container', type: 'JobKilled' },
  {
    name: 'out of memory (limit 128 MiB)',
    script: `exec node -e '${HOG}'`,
    deed: null,
    type: 'JobOutOfMemory',
    limits: { memoryMib: 128 },
  },
  {
    name: 'hung until its deadline of 2 s',
    script: 'exec sleep 300',
    deed: null,
    type: 'JobDeadlineExceeded',
    limits: { deadlineMs: 2000, graceMs: 300 },
  },
  {
    name: 'result cut off',
    script: `${REAL} || exit; truncate -s -20 ${RESULT}`,
    deed: null,
    type: 'ResultRefused',
  },
  { name: 'worker killed', script: LATER, deed: 'kill-worker', type: null },
  { name: 'engine killed and started again', script: LATER, deed: 'restart-engine', type: null },
];

/** argv of a job whose first attempt goes wrong and whose second is the real one. */
export function faultyCommand(script: string, jobType: string): string[] {
  const first = `grep -q '"attempt":1[,}]' "$STRATEGY_LOOP_JOB_INPUT/input.json" || exec ${REAL}`;
  return ['sh', '-c', `${first}; ${script}`, 'job', jobType];
}

/** What the worker is to do with the next job, as JSON in the file that this variable names. */
export const FAULT_FILE_VARIABLE = 'STRATEGY_LOOP_TEST_FAULT_FILE';

/** The document in that file; another number means another cycle. */
export interface NextFault {
  readonly number: number;
  /** Null for a job that nothing happens to. */
  readonly fault: ContainerFault | null;
  /** A worker with mistakes: it takes every end for a good one, and leaves containers lying. */
  readonly isPlanted: boolean;
}
