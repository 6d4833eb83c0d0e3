/** `fail`: the loop will not run. `warn`: it runs, and something may surprise. */
export type FindingState = 'ok' | 'warn' | 'fail';

/** What one check of `strategy-loop doctor` found. */
export interface Finding {
  /** Part of the installation, e.g. `programs`. */
  readonly area: string;
  readonly name: string;
  readonly state: FindingState;
  /** What was found, with figures. */
  readonly text: string;
  /** What to do about it; null when nothing is needed. */
  readonly mend: string | null;
}

/** One check. It may throw: that is a finding, too. */
export interface Check {
  readonly area: string;
  readonly name: string;
  /** @returns without area and name, which are the check's own. */
  readonly look: () => Promise<Verdict> | Verdict;
}

export type Verdict = Pick<Finding, 'state' | 'text' | 'mend'>;

export function ok(text: string): Verdict {
  return { state: 'ok', text, mend: null };
}

export function warn(text: string, mend: string): Verdict {
  return { state: 'warn', text, mend };
}

export function fail(text: string, mend: string): Verdict {
  return { state: 'fail', text, mend };
}

/** A check that takes longer has failed: whatever it asked does not answer. */
const CHECK_MS_MAX = 15_000;

/** Runs checks side by side. @returns their findings in the order of the checks. */
export function runChecks(checks: readonly Check[]): Promise<Finding[]> {
  return Promise.all(
    checks.map(async ({ area, name, look }) => {
      let timer: NodeJS.Timeout | undefined;
      const tooLate = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => {
          reject(new Error(`no answer within ${String(CHECK_MS_MAX / 1000)} s`));
        }, CHECK_MS_MAX);
      });
      try {
        return { area, name, ...(await Promise.race([look(), tooLate])) };
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        return { area, name, ...fail(text, 'see the text; it names what does not answer') };
      } finally {
        clearTimeout(timer);
      }
    }),
  );
}
