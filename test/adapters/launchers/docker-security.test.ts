import { securityOptions } from '../../../adapters/launchers/docker-security.ts';
import { dockerNetwork, dockerSecurity } from '../../../workers/docker-settings.ts';

/** Calls that no job needs and that reach into the kernel, other processes or other namespaces. */
const DENIED = [
  ...['ptrace', 'process_vm_readv', 'process_vm_writev', 'pidfd_getfd', 'kcmp', 'unshare', 'setns'],
  ...[
    'mount',
    'umount2',
    'pivot_root',
    'chroot',
    'bpf',
    'perf_event_open',
    'userfaultfd',
    'keyctl',
  ],
  ...['add_key', 'memfd_create', 'shmget', 'msgget', 'semget', 'mq_open', 'mknod', 'mknodat'],
  ...['personality', 'modify_ldt', 'init_module', 'kexec_load', 'open_by_handle_at', 'splice'],
  ...['vmsplice', 'setuid', 'setresuid', 'reboot', 'swapon', 'sethostname', 'quotactl', 'syslog'],
];

interface Rule {
  readonly comment: string;
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly Argument[];
}

interface Argument {
  readonly index: number;
  readonly value: number;
  readonly op: string;
  readonly valueTwo?: number;
}

interface Profile {
  readonly defaultAction: string;
  readonly architectures: readonly string[];
  readonly syscalls: readonly Rule[];
}

const profile = JSON.parse(dockerSecurity({}).seccomp ?? '') as Profile;

function engine(options: readonly string[]) {
  return { info: () => Promise.resolve({ SecurityOptions: options }) };
}

/** As the kernel's filter compares. */
function matches({ index, value, op, valueTwo }: Argument, call: readonly number[]): boolean {
  const given = call[index] ?? 0;
  return op === 'SCMP_CMP_MASKED_EQ' ? (given & value) === valueTwo : given === value;
}

describe('infra/docker/seccomp.json', () => {
  it('denies what it does not name, on both architectures, and gives a reason for each rule', () => {
    expect(profile.defaultAction).toBe('SCMP_ACT_ERRNO');
    expect(profile.architectures).toEqual(['SCMP_ARCH_X86_64', 'SCMP_ARCH_AARCH64']);
    expect(profile.syscalls.filter(({ comment }) => comment.length < 20)).toEqual([]);
  });

  it('allows none of the calls that reach out of a job', () => {
    const allowed = profile.syscalls.filter(({ action }) => action === 'SCMP_ACT_ALLOW');
    const names = allowed.flatMap((rule) => rule.names);

    expect(names.filter((name) => DENIED.includes(name) || name.startsWith('io_uring'))).toEqual(
      [],
    );
    expect(new Set(names).size).toBeGreaterThan(150);
  });

  it('opens sockets of the container itself, TCP and UDP only', () => {
    const sockets = profile.syscalls.filter(({ names }) => names.includes('socket'));

    expect(sockets.map(({ args = [] }) => args.find(({ index }) => index === 0)?.value)).toEqual([
      ...[1, 2, 2, 2, 2, 10, 10, 10, 10],
    ]);
  });

  it.each([
    ['TCP', 1, 0, true],
    ['TCP by number', 0o2000001, 6, true],
    ['UDP', 2, 0, true],
    ['UDP by number', 0o4000002, 17, true],
    ['an echo request of ICMP', 2, 1, false],
    ['an echo request of ICMPv6', 2, 58, false],
    ['UDP-Lite', 2, 136, false],
    ['MPTCP', 1, 262, false],
    ['a raw socket', 3, 1, false],
  ])('lets a job open %s (type %d, protocol %d): %s', (_, type, protocol, isAllowed) => {
    const sockets = profile.syscalls.filter(({ names }) => names.includes('socket'));

    for (const family of [2, 10]) {
      const call = [family, type, protocol];
      const passes = sockets.some(({ args = [] }) => args.every((arg) => matches(arg, call)));
      expect(passes).toBe(isAllowed);
    }
  });
});

describe('securityOptions', () => {
  it('names the profiles, AppArmor only where the kernel of the engine has it', async () => {
    const security = { seccomp: '{}', appArmor: 'strategy-loop-job' };
    const whole = ['no-new-privileges', 'seccomp={}', 'apparmor=strategy-loop-job'];

    expect(await securityOptions(engine(['name=apparmor', 'name=seccomp']), security)).toEqual(
      whole,
    );
    expect(await securityOptions(engine(['apparmor']), security)).toEqual(whole);
    expect(await securityOptions(engine(['name=seccomp,profile=default']), security)).toEqual(
      whole.slice(0, 2),
    );
  });

  it('never leaves out that there are no new privileges', async () => {
    expect(await securityOptions(engine([]), { seccomp: null, appArmor: null })).toEqual([
      'no-new-privileges',
    ]);
  });
});

describe('dockerSecurity and dockerNetwork', () => {
  it.each([
    ['STRATEGY_LOOP_DOCKER_SECCOMP', 'none', /SECCOMP: /],
    ['STRATEGY_LOOP_DOCKER_APPARMOR', 'a b', /APPARMOR: must be the name of a profile/],
    ['STRATEGY_LOOP_FEED_PRIVATE_HOSTS', 'http://x', /PRIVATE_HOSTS: must be host or host:port/],
    [
      'STRATEGY_LOOP_FEED_PRIVATE_HOSTS',
      'a.example,*.b.example',
      /"\*\.b\.example" is not\. Name each/,
    ],
    ['STRATEGY_LOOP_FEED_PRIVATE_HOSTS', 'a\\b', /PRIVATE_HOSTS: must be host or host:port/],
    ['STRATEGY_LOOP_FEED_PRIVATE_HOSTS', 'a.example:0', /PRIVATE_HOSTS: must be host or host:port/],
    ['STRATEGY_LOOP_FEED_CERTIFICATES', 'ca.pem', /CERTIFICATES: must be an absolute path/],
  ])('refuse %s = %j with the rule', (name, value, rule) => {
    expect(() => [dockerSecurity({ [name]: value }), dockerNetwork({ [name]: value })]).toThrow(
      rule,
    );
  });

  it('take hosts with and without a port, also addresses', () => {
    const hosts = 'data.example.com, under_score.example:8443,10.1.2.3,[fd00::1]:443';
    const settings = { STRATEGY_LOOP_FEED_PRIVATE_HOSTS: hosts };

    expect(dockerNetwork(settings).privateHosts).toBe(hosts);
  });

  it('leave seccomp to the engine when asked to', () => {
    expect(dockerSecurity({ STRATEGY_LOOP_DOCKER_SECCOMP: 'engine' }).seccomp).toBeNull();
  });
});
