import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describeWhere } from '../support/describe-where.ts';
import { LAUNCHER_RIGHTS_OF_STORE, problemsOfCompose } from '../support/compose-rules.ts';
import type { ComposeFile } from '../support/compose-rules.ts';
import { repositoryFiles, ROOT, textOf } from '../support/repository.ts';

const COMPOSE = 'infra/docker/compose.yaml';
const NOMAD_FILES = repositoryFiles().filter((path) => path.endsWith('.nomad.hcl'));

/** Why a test with a tool is left out: not every machine has it. Empty where it is there. */
function lack(program: string, ...words: string[]): string {
  const name = [program, ...words].join(' ');
  return spawnSync(program, words).status === 0 ? '' : ` (skipped: no \`${name}\` here)`;
}

const NO_COMPOSE = lack('docker', 'compose', 'version');
const NO_NOMAD = lack('nomad', 'version');
const NO_APPARMOR = lack('apparmor_parser', '--version');
const NO_ACTIONLINT = lack('actionlint', '-version');

function runs(program: string, words: readonly string[], environment = {}): string {
  const { status, stderr, stdout } = spawnSync(program, words, {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  });
  return status === 0 ? '' : `${program} ended with ${String(status)}: ${stderr}${stdout}`;
}

function compose(): ComposeFile {
  return parse(textOf(COMPOSE), { merge: true }) as ComposeFile;
}

describe('infra/docker/compose.yaml', () => {
  it('keeps to the rules of a deployment', () => {
    expect(problemsOfCompose(compose())).toEqual([]);
  });

  it.each<[string, (file: ComposeFile) => void]>([
    [
      'has a health check that is no list of words',
      (file) =>
        Object.assign(file.services['store'] ?? {}, { healthcheck: { test: ['CMD', { a: 'b' }] } }),
    ],
    ['has no health check', (file) => delete file.services['store']?.healthcheck],
    [
      'publishes a port to every network',
      (file) =>
        (file.services['temporal'] = { ...file.services['temporal'], ports: ['7233:7233'] }),
    ],
    [
      'holds a secret',
      (file) =>
        Object.assign(file.services['postgres']?.environment ?? {}, {
          POSTGRES_PASSWORD: 'hunter2',
        }),
    ],
    [
      'names no version of its image',
      (file) =>
        Object.assign(file.services['prometheus'] ?? {}, { image: 'prom/prometheus:latest' }),
    ],
    [
      'holds database rights',
      (file) =>
        Object.assign(file.services['launch-docker']?.environment ?? {}, {
          DATABASE_URL: '${DATABASE_URL}',
        }),
    ],
    [
      'is on the network of the database',
      (file) => file.services['launch-docker']?.networks?.push('database'),
    ],
    [
      'holds launcher rights',
      (file) => file.services['store']?.volumes?.push('/var/run/docker.sock:/var/run/docker.sock'),
    ],
    [
      'may gain privileges',
      (file) => Object.assign(file.services['workflows'] ?? {}, { security_opt: [] }),
    ],
  ])('would be refused when a service %s', (text, plant) => {
    const file = structuredClone(compose());
    plant(file);

    expect(problemsOfCompose(file).join('\n')).toContain(text);
  });

  it('gives the store worker no variable of a launcher', () => {
    const names = Object.keys(compose().services['store']?.environment ?? {});

    expect(names.filter((name) => LAUNCHER_RIGHTS_OF_STORE.includes(name))).toEqual([]);
  });

  describeWhere(NO_COMPOSE, 'docker compose', () => {
    it('finds nothing wrong with the file', () => {
      const settings = {
        POSTGRES_PASSWORD: 'a',
        STORE_PASSWORD: 'b',
        STRATEGY_LOOP_IMAGE: 'strategy-loop:dev',
      };

      const words = ['compose', '-f', COMPOSE, '--profile', '*', 'config', '--quiet'];
      expect(runs('docker', words, settings)).toBe('');
    });
  });
});

describe('infra/nomad', () => {
  it.each(NOMAD_FILES)('%s restricts every container and holds no secret', (path) => {
    const text = textOf(path);
    const tasks = text.split(/^\s+task "/m).slice(1);

    expect(tasks.length).toBeGreaterThan(0);
    for (const task of tasks) {
      expect(task).toMatch(/user\s+= "65532:65532"/);
      expect(task).toMatch(/readonly_rootfs\s+= true/);
      expect(task).toMatch(/cap_drop\s+= \["all"\]/);
      expect(task).toMatch(/security_opt\s+= \["no-new-privileges"\]/);
      expect(task).toMatch(/pids_limit\s+= \d+/);
      expect(task).toMatch(/image\s+= var\.image/);
    }
    expect(text).not.toMatch(/(password|token|secret)\s*=\s*"[^"$]{8,}"/i);
    expect(text).not.toContain(':latest');
  });

  it('gives each worker the rights of its role alone', () => {
    const groups = textOf('infra/nomad/strategy-loop.nomad.hcl').split(/^ {2}group "/m);
    const groupOf = (name: string): string =>
      groups.find((group) => group.startsWith(`${name}"`)) ?? '';

    expect(groupOf('workflows')).not.toMatch(/DATABASE_URL|TOKEN|mount/);
    expect(groupOf('store')).toContain('DATABASE_URL');
    expect(groupOf('store')).not.toMatch(/NOMAD_ADDR|TOKEN/);
    expect(groupOf('launch')).toContain('STRATEGY_LOOP_NOMAD_TOKEN_FILE');
    expect(groupOf('launch')).not.toContain('DATABASE_URL');
  });

  describeWhere(NO_NOMAD, 'nomad', () => {
    it('finds nothing wrong with the jobs', () => {
      expect(runs('nomad', ['fmt', '-check', '-recursive', 'infra/nomad'])).toBe('');
      for (const path of NOMAD_FILES) {
        const variables = ['image=a@sha256:b', 'temporal_address=h:1', 'nomad_address=http://h:1'];
        const used = variables.filter((pair) =>
          textOf(path).includes(`"${pair.split('=')[0] ?? ''}"`),
        );
        expect(
          runs('nomad', ['job', 'validate', ...used.map((pair) => `-var=${pair}`), path]),
        ).toBe('');
      }
    });
  });
});

const APPARMOR = 'infra/docker/apparmor-strategy-loop-job';

describe('infra/docker/apparmor-strategy-loop-job', () => {
  it('is named after the profile in it, and allows no mount, no trace and no capability', () => {
    const text = textOf(APPARMOR);

    expect(text).toMatch(/^profile strategy-loop-job /m);
    for (const what of ['mount', 'umount', 'ptrace', 'capability']) {
      expect(text).toMatch(new RegExp(`^ {2}deny ${what},$`, 'm'));
      expect(text).not.toMatch(new RegExp(`^ {2}${what}\\b`, 'm'));
    }
  });

  describeWhere(NO_APPARMOR, 'apparmor_parser', () => {
    it('reads it without loading it', () => {
      expect(runs('apparmor_parser', ['-QK', APPARMOR])).toBe('');
    });
  });
});

describe('.github/workflows', () => {
  const workflows = repositoryFiles().filter((path) => path.startsWith('.github/workflows/'));

  it('pins every action of the workflow that publishes by commit, and gives it few rights', () => {
    const text = textOf('.github/workflows/image.yml');
    const file = parse(text) as {
      readonly permissions: object;
      readonly jobs: Readonly<Record<string, { readonly permissions?: object }>>;
    };

    const uses = [...text.matchAll(/uses: (\S+)/g)].map((match) => match[1] ?? '');
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((action) => !/@[0-9a-f]{40}$/.test(action))).toEqual([]);
    expect(file.permissions).toEqual({});
    expect(file.jobs['test']?.permissions).toEqual({ contents: 'read' });
    expect(file.jobs['publish']?.permissions).toEqual({ contents: 'read', packages: 'write' });
  });

  describeWhere(NO_ACTIONLINT, 'actionlint', () => {
    it('finds nothing wrong with the workflows', () => {
      expect(
        runs(
          'actionlint',
          workflows.map((path) => join(ROOT, path)),
        ),
      ).toBe('');
    });
  });
});

describe('.devcontainer/devcontainer.json', () => {
  it('installs what the lock file names, and names no moving tag', () => {
    const file = JSON.parse(textOf('.devcontainer/devcontainer.json')) as {
      readonly image: string;
      readonly postCreateCommand: string;
    };

    expect(file.postCreateCommand).toBe('npm ci');
    expect(file.image).toMatch(/:\d/);
  });
});
