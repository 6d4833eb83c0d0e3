import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { OpenStore } from '../store.ts';
import type { Check, Verdict } from './finding.ts';
import { fail, ok, warn } from './finding.ts';

const run = promisify(execFile);
/** A live window that ends today is cut by the clock, and ages are compared between machines. */
const OFFSET_WARN_MS = 1_000;
const OFFSET_FAIL_MS = 30_000;
const RUN_MS_MAX = 5_000;

/** Whether this machine's clock is right: against the servers' clocks, and kept by NTP. */
export function clockChecks(store: OpenStore | null): Check[] {
  const area = 'time';
  const uiUrl = store?.stack?.uiUrl ?? null;
  return [
    { area, name: 'kept in sync', look: lookAtSync },
    ...(store === null
      ? []
      : [{ area, name: "Postgres' clock", look: () => lookAtDatabaseClock(store) }]),
    ...(uiUrl === null
      ? []
      : [{ area, name: "Temporal's clock", look: () => lookAtTemporalClock(uiUrl) }]),
  ];
}

async function lookAtDatabaseClock({ pool }: OpenStore): Promise<Verdict> {
  // The first statement of a connection pays for its start, and would look like an offset.
  await pool.query('select 1');
  const asked = Date.now();
  const { rows } = await pool.query<{ ms: number }>(
    'select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms',
  );
  const answered = Date.now();
  return judgeOffset((rows[0]?.ms ?? 0) - (asked + answered) / 2, (answered - asked) / 2);
}

/** The gRPC service tells no time; the server's UI does, in whole seconds. */
async function lookAtTemporalClock(uiUrl: string): Promise<Verdict> {
  const asked = Date.now();
  const { headers } = await fetch(uiUrl, {
    method: 'HEAD',
    signal: AbortSignal.timeout(RUN_MS_MAX),
  });
  const time = Date.parse(headers.get('date') ?? '');
  if (Number.isNaN(time)) return warn('the server tells no time', 'compare it by hand');
  const middle = (asked + Date.now()) / 2;
  // A whole second stands for the middle of that second.
  return judgeOffset(time + 500 - middle, 500 + (Date.now() - asked) / 2);
}

/**
 * @param offsetMs the server's clock minus ours.
 * @param errorMs how far the measurement may be off.
 */
export function judgeOffset(offsetMs: number, errorMs: number): Verdict {
  const seconds = (offsetMs / 1000).toFixed(3);
  const text = `${offsetMs >= 0 ? '+' : ''}${seconds} s from ours, measured to ${(errorMs / 1000).toFixed(3)} s`;
  const mend = 'switch on time synchronisation on both machines (chrony, systemd-timesyncd)';
  const beyond = Math.abs(offsetMs) - errorMs;
  if (beyond > OFFSET_FAIL_MS) return fail(text, mend);
  if (beyond > OFFSET_WARN_MS) return warn(text, mend);
  return ok(text);
}

async function lookAtSync(): Promise<Verdict> {
  const mend = 'run `timedatectl set-ntp true`, or install chrony';
  try {
    const { stdout } = await run('timedatectl', ['show', '--property=NTPSynchronized', '--value'], {
      timeout: RUN_MS_MAX,
    });
    return stdout.trim() === 'yes'
      ? ok('yes, says timedatectl')
      : warn('no, says timedatectl', mend);
  } catch {
    return fromChrony(mend);
  }
}

/** Containers have neither: they use the clock of their host, which cannot be asked from inside. */
async function fromChrony(mend: string): Promise<Verdict> {
  try {
    const { stdout } = await run('chronyc', ['tracking'], { timeout: RUN_MS_MAX });
    return /^Leap status\s*: Normal/m.test(stdout)
      ? ok('yes, says chronyc')
      : warn('no, says chronyc', mend);
  } catch {
    return warn(
      'not known: neither timedatectl nor chronyc answers here',
      'in a container, see to it on the host; else install chrony',
    );
  }
}
