/**
 * Declares tests that need something of the machine, such as a program.
 *
 * @param remark empty where it is there; otherwise ` (skipped: …)`, with which the tests are left out and
 *   the runner prints the reason at its end.
 */
export function describeWhere(remark: string, title: string, tests: () => void): void {
  (remark === '' ? describe : describe.skip)(`${title}${remark}`, tests);
}
