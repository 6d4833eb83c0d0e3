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

/** Calls by their numbers on x86_64 and aarch64, with arguments that do no harm where they work. */
const CALLS: Readonly<Record<string, readonly [x86: number, arm: number, args: string]>> = {
  ptrace: [101, 117, '0, 0, 0, 0'],
  'read-memory': [310, 270, '$$ + 0, 0, 0, 0, 0, 0'],
  'memory-file': [319, 279, '"m\\0", 0'],
  'shared-memory': [29, 194, '0, 4096, 0600'],
  'message-queue': [68, 186, '0, 0600'],
  personality: [135, 92, '8'],
  splice: [275, 76, '0, 0, 1, 0, 0, 0'],
  'io-uring': [425, 425, '1, "\\0" x 120'],
  userfaultfd: [323, 282, '1'],
  bpf: [321, 280, '0, "\\0" x 120, 120'],
  perf: [298, 241, '"\\0" x 120, 0, -1, -1, 0'],
  keyring: [250, 219, '0, -3, 0'],
};

/** Families of sockets that compute nothing: netlink, packets, the hypervisor, the kernel's crypto. */
const SOCKETS = { netlink: '16, 3, 0', packet: '17, 3, 0', vsock: '40, 1, 0', crypto: '38, 5, 0' };

/** What the project's seccomp profile denies, most of which an engine's default one allows. */
export const PROFILE_TRIES: readonly string[] = [
  ...Object.entries(CALLS).map(
    ([name, [x86, arm, args]]) =>
      `${name} perl -e 'my @a = (${args}); exit(syscall(\`uname -m\` =~ /x86/ ? ${String(x86)} : ${String(arm)}, @a) < 0)'`,
  ),
  ...Object.entries(SOCKETS).map(
    ([name, args]) => `${name}-socket perl -e 'socket(my $s, ${args}) or exit 1'`,
  ),
  'named-pipe mkfifo "$STRATEGY_LOOP_JOB_OUTPUT/pipe"',
];

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
