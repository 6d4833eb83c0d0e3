import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { packagePath } from '../../cli/package-path.ts';

/** What one run of a peer found: one number for each parameter set. */
export interface PeerRun {
  readonly seconds: number;
  /** Processor time of all threads, where it was read. */
  readonly cpuSeconds?: number;
  readonly finalEquity: readonly number[];
  readonly trades: readonly number[];
  readonly maxDrawdown?: readonly number[];
}

/** A peer that is kept warm in a process of its own; each `run` is timed by the peer itself. */
export interface PeerProcess {
  readonly name: string;
  run(): Promise<PeerRun>;
  close(): void;
}

/** @throws {Error} when the program ends before it is ready. */
export async function openPeer(name: string, argv: readonly string[]): Promise<PeerProcess> {
  const [program = '', ...words] = argv;
  const child = spawn(program, words, {
    cwd: packagePath('bench/peers'),
    // What Python and numba compile is kept out of the checkout.
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', NUMBA_CACHE_DIR: tmpdir() },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const answers = linesOf(child, name);
  await answers();
  return {
    name,
    run: async () => {
      child.stdin.write('\n');
      return JSON.parse(await answers()) as PeerRun;
    },
    close: () => {
      child.kill('SIGKILL');
    },
  };
}

/** @returns a function that gives the next line of the child, or throws with what it said last. */
function linesOf(child: ChildProcess, name: string): () => Promise<string> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error(`${name} must have pipes`);
  let said = '';
  stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-2000);
  });
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
  });
  failed.catch(() => undefined);
  return async () => {
    const next = await Promise.race([lines.next(), failed]);
    if (next.done === true) throw new Error(`${name} ended: ${said.trim()}`);
    return next.value;
  };
}
