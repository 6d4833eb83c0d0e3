/** Tries that no isolated job may bring off, wherever it runs: name and command. */
const TRIES = [
  'write-root touch /escape',
  'write-input touch "$STRATEGY_LOOP_JOB_INPUT/escape"',
  'mount mount -t tmpfs none /tmp',
  'mknod mknod /tmp/sda b 8 0',
  'chroot chroot / true',
  'unshare unshare -r true',
  'setuid su root -c true',
  `raw-socket perl -e 'use Socket; socket(my $s, PF_INET, SOCK_RAW, 1) or exit 1'`,
  "fill-tmp sh -c 'head -c 100000000 /dev/zero > /tmp/big'",
] as const;

/**
 * A job that tries what it must not be able to do, and prints one line for each try.
 *
 * @param more tries that only mean something on one platform.
 */
export function probeScript(more: readonly string[]): string {
  return `
  try_it() { name=$1; shift; if "$@" >/dev/null 2>&1; then echo "allowed $name"; else echo "denied $name"; fi; }
  ${[...TRIES, ...more].map((each) => `try_it ${each}`).join('\n  ')}
  rm -f /tmp/big
  try_it write-output touch "$STRATEGY_LOOP_JOB_OUTPUT/fine"
  try_it write-tmp touch /tmp/fine
  id -u; grep -E "^(CapEff|CapBnd|NoNewPrivs|Seccomp):" /proc/self/status
`;
}

/**
 * Expects of a probe's lines that it was denied everything and allowed what it needs.
 *
 * @param denied how many tries there were.
 */
export function expectConfined(lines: readonly string[], denied: number): void {
  expect(lines.filter((line) => line.startsWith('allowed'))).toEqual([
    'allowed write-output',
    'allowed write-tmp',
  ]);
  expect(lines.filter((line) => line.startsWith('denied'))).toHaveLength(denied);
  expect(lines).toContain('65532');
  expect(lines).toContainEqual(expect.stringMatching(/^CapEff:\s+0+$/));
  expect(lines).toContainEqual(expect.stringMatching(/^CapBnd:\s+0+$/));
  expect(lines).toContainEqual(expect.stringMatching(/^NoNewPrivs:\s+1$/));
  expect(lines).toContainEqual(expect.stringMatching(/^Seccomp:\s+2$/));
}
