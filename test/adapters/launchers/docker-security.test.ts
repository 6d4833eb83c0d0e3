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
  readonly args?: readonly { readonly index: number; readonly value: number }[];
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
      ...[1, 2, 2, 10, 10],
    ]);
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
    ['STRATEGY_LOOP_FEED_CERTIFICATES', 'ca.pem', /CERTIFICATES: must be an absolute path/],
  ])('refuse %s = %j with the rule', (name, value, rule) => {
    expect(() => [dockerSecurity({ [name]: value }), dockerNetwork({ [name]: value })]).toThrow(
      rule,
    );
  });

  it('leave seccomp to the engine when asked to', () => {
    expect(dockerSecurity({ STRATEGY_LOOP_DOCKER_SECCOMP: 'engine' }).seccomp).toBeNull();
  });
});
