import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startStrategyLoop } from '../support/command.ts';
import { describeWhere } from '../support/describe-where.ts';
import { DockerRegistry, NO_REGISTRY } from '../support/docker-registry.ts';
import {
  removeDirectory,
  strategyLoop,
  strategyLoopJson,
  temporaryDataDirectory,
} from '../support/run-command.ts';
import type { CommandResult } from '../support/run-command.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';
import { MARKETS } from '../support/golden-backtests.ts';

const IMAGE = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? '';
const MARK = `strategy-loop-registry-test-${String(process.pid)}`;
const [GOOD, STALE] = [`${MARK}:good`, `${MARK}:stale`];
const REPOSITORY = 'quants/strategy-loop';

function docker(words: readonly string[], input = ''): string {
  const stdio = ['pipe', 'pipe', 'ignore'] as const;
  return execFileSync('docker', words, { encoding: 'utf8', input, stdio: [...stdio] }).trim();
}

/** An image of its own, so that no name or digest of it is the tested image's. */
function buildOn(tag: string, lines: readonly string[]): void {
  docker(['build', '--quiet', '--tag', tag, '-'], [`FROM ${IMAGE}`, ...lines, ''].join('\n'));
}

function hasImage(name: string): boolean {
  try {
    docker(['image', 'inspect', name]);
    return true;
  } catch {
    return false;
  }
}

/** Removes an image with all of its names. */
function removeImage(name: string): void {
  if (hasImage(name)) {
    docker(['image', 'rm', '--force', docker(['image', 'inspect', '--format', '{{.Id}}', name])]);
  }
}

// A push sends some 700 MB once: the time limits are those of a busy disk.
describeWhere(NO_REGISTRY, 'an image and a registry', () => {
  let registry: DockerRegistry;
  let home: string;
  let target: string;
  let reference = '';

  beforeAll(async () => {
    home = await scratchDirectory('docker-registry');
    registry = await DockerRegistry.start(home);
    target = `${registry.address}/${REPOSITORY}:1`;
    for (const name of ['nobody', 'somebody']) await mkdir(join(home, name));
    registry.login(join(home, 'somebody'));
    buildOn(GOOD, [`LABEL mark=${MARK}`]);
    // As of another build: what every job is asked has another hash in it.
    const other = `"build": "0ther0ther00"`;
    const change = `s/"([a-z-]+\\/[a-z]+)": "[0-9a-f]/"\\1": "x/; s/"build": "[^"]*"/${other}/`;
    const run = `RUN sed -E -i '${change}' /app/dist/source-hashes.json`;
    buildOn(STALE, ['USER 0', run, 'USER 65532:65532']);
  });

  afterAll(async () => {
    for (const name of [GOOD, STALE, target, reference]) removeImage(name);
    await registry.close();
  });

  const as = (who: 'nobody' | 'somebody', ...words: string[]): Promise<CommandResult> =>
    strategyLoop(words, { environment: { DOCKER_CONFIG: join(home, who) } });
  const push = async (...words: string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await as('somebody', 'image', 'push', ...words);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
    return stdout.trim();
  };

  it('is pushed only by who has logged in, and leaves no name behind otherwise', async () => {
    const { exitCode, stdout, stderr } = await as('nobody', 'image', 'push', GOOD, '--to', target);

    expect({ exitCode, stdout }).toEqual({ exitCode: 65, stdout: '' });
    expect(stderr).toContain(`Log in with \`docker login ${registry.address}\``);
    expect(hasImage(target)).toBe(false);
    expect(hasImage(GOOD)).toBe(true);
    expect(await registry.digestOf(REPOSITORY, '1')).toBeNull();
  });

  it('gives a name back that stood for another image', async () => {
    const name = '127.0.0.1:1/quants/strategy-loop:1';
    docker(['image', 'tag', STALE, name]);
    try {
      const { exitCode, stderr } = await as('somebody', 'image', 'push', GOOD, '--to', name);

      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 69,
        stderr: expect.stringMatching(/127\.0\.0\.1:1 cannot be reached .*refused/) as string,
      });
      const id = (of: string): string => docker(['image', 'inspect', '--format', '{{.Id}}', of]);
      expect(id(name)).toBe(id(STALE));
    } finally {
      docker(['image', 'rm', name]);
    }
  });

  it('is answered by the digest that the registry knows, the same for every push', async () => {
    reference = await push(GOOD, '--to', target);
    const digest = await registry.digestOf(REPOSITORY, '1');

    expect(reference).toBe(`${registry.address}/${REPOSITORY}@${String(digest)}`);
    expect(JSON.parse(await push(target, '--json'))).toMatchObject({
      image: target,
      target,
      reference,
      digest,
      isVerified: true,
    });
  }, 240_000);

  it('is refused when it holds other sources than the checkout, unless that is wanted', async () => {
    const there = `${registry.address}/${REPOSITORY}:stale`;
    const { exitCode, stderr } = await as('somebody', 'image', 'push', STALE, '--to', there);

    expect(exitCode).toBe(65);
    expect(stderr).toMatch(
      /built from other sources: .*what is asked of .* more\. .*--unverified/s,
    );
    expect(await registry.digestOf(REPOSITORY, 'stale')).toBeNull();
    expect(await push(STALE, '--to', there, '--unverified')).toBe(
      `${registry.address}/${REPOSITORY}@${String(await registry.digestOf(REPOSITORY, 'stale'))}`,
    );
  }, 240_000);

  it('leaves nothing when it is interrupted', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const name = `127.0.0.1:${String(port)}/quants/strategy-loop:1`;
    const connected = new Promise<void>((resolve) =>
      silent.once('connection', () => {
        resolve();
      }),
    );
    const running = startStrategyLoop('image', 'push', GOOD, '--to', name);
    const ended = once(running, 'exit');
    await connected;
    expect(hasImage(name)).toBe(true);
    running.kill('SIGINT');

    expect(await ended).toEqual([130, null]);
    silent.close();
    expect(hasImage(name)).toBe(false);
  });

  it('is pulled before the first job, with the credentials of the docker client', async () => {
    reference = await push(GOOD, '--to', target);
    removeImage(GOOD);
    expect(hasImage(reference)).toBe(false);
    const directory = await temporaryDataDirectory();
    const words = ['replay', '--strategy', 'ml-forecast', '--cycles', '1'];
    const inImage = ['--launcher', 'docker', '--image', reference, '--data-dir', directory];
    try {
      const refused = await as('nobody', ...words, ...inImage);
      expect(refused.exitCode).toBe(65);
      expect(refused.stderr).toContain(`Log in with \`docker login ${registry.address}\``);

      const { exitCode, stderr } = await as('somebody', ...words, ...inImage);
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      const { provenance } = await strategyLoopJson<{ provenance: { image?: string } }>(directory, [
        ...['release', 'show', '--strategy', 'ml-forecast', '--release', '1'],
      ]);
      expect(provenance.image).toBe(await registry.digestOf(REPOSITORY, '1'));
    } finally {
      await removeDirectory(directory);
    }
  }, 240_000);

  it('tells a job that it was built from other sources, unless it may try', async () => {
    const words = ['backtest', '--strategy', 'rsi-macd', '--data', MARKETS.sp500];
    const inImage = ['--launcher', 'docker', '--image', STALE];
    const { exitCode, stderr } = await strategyLoop([...words, ...inImage]);

    expect(exitCode).toBe(65);
    expect(stderr).toMatch(
      /the image \S+:stale was built from other sources .*it is build 0ther0ther00, the worker is build [0-9a-f]{12},/,
    );
    const environment = { STRATEGY_LOOP_ACCEPT_OTHER_CODE: '1' };
    expect(await strategyLoop([...words, ...inImage], { environment })).toMatchObject({
      exitCode: 0,
    });
  });
});
