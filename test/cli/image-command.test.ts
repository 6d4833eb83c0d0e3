import { chmod, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { noImage } from '../../cli/docker-command.ts';
import { strategyLoop } from '../support/run-command.ts';
import type { CommandResult } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

/** Stands before the docker of this machine, if there is one. */
async function withDocker(
  script: string,
  words: readonly string[],
  environment: Record<string, string> = {},
): Promise<CommandResult> {
  const directory = await scratchDirectory('fake-docker');
  const program = join(directory, 'docker');
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  const path = [directory, dirname(process.execPath), '/usr/bin', '/bin'].join(':');
  return strategyLoop(words, { environment: { ...environment, PATH: path } });
}

function pushed(digests: readonly string[]): string {
  const image = { Id: 'sha256:1d', RepoDigests: digests, RepoTags: [], Size: 5, Config: {} };
  return `echo '${JSON.stringify([{ ...image, Config: { Labels: null } }])}'`;
}

describe('image inspect', () => {
  it.each([
    [['r.example/loop@sha256:aa'], /digest +r\.example\/loop@sha256:aa/],
    [[], /digest +none/],
  ])('shows that the digests are %j', async (digests, row) => {
    const { exitCode, stdout } = await withDocker(pushed(digests), ['image', 'inspect', 'loop:1']);

    expect(exitCode).toBe(0);
    expect(stdout).toMatch(row);
  });
});

describe('noImage', () => {
  it('suggests to build only what can be built under that name', () => {
    expect(noImage('loop:1').message).toContain('`strategy-loop image build --tag loop:1`');
    for (const name of ['r.example/loop@sha256:01', 'sha256:01']) {
      expect(noImage(name).message).not.toContain('image build');
    }
    expect(noImage('r.example/loop@sha256:01').message).toContain(
      '`docker pull r.example/loop@sha256:01`',
    );
  });
});

describe('up', () => {
  it('looks for the image of jobs where the address of a cluster is empty', async () => {
    const directory = await scratchDirectory('up-data');
    const words = ['up', '--image', 'loop:none', '--data-dir', directory];
    const empty = { NOMAD_ADDR: '', STRATEGY_LOOP_KUBERNETES_CLAIM: '' };
    const { exitCode, stderr } = await withDocker('echo "No such image" >&2; exit 1', words, empty);

    expect(exitCode).toBe(65);
    expect(stderr).toContain('there is no image "loop:none"');
  });
});
