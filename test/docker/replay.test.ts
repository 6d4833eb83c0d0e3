import Docker from 'dockerode';
import { freePorts } from '../../infra/local/port.ts';
import { fingerprint } from '../support/fingerprint.ts';
import {
  removeDirectory,
  strategyLoop,
  strategyLoopJson,
  temporaryDataDirectory,
} from '../support/run-command.ts';
import type { CommandResult } from '../support/run-command.ts';

const IMAGE = process.env['STRATEGY_LOOP_TEST_IMAGE'] ?? '';

interface ReleaseDocument {
  readonly provenance: { readonly launcher: string; readonly image?: string };
}

describe('a replay whose jobs are containers', () => {
  const directories: string[] = [];

  afterAll(async () => {
    for (const directory of directories) await removeDirectory(directory);
  });

  it('makes the releases and decisions that it makes with processes, and leaves no container', async () => {
    const results: unknown[] = [];
    for (const words of [[], ['--launcher', 'docker', '--image', IMAGE]]) {
      const directory = await temporaryDataDirectory();
      directories.push(directory);
      results.push(await fingerprint(directory, words));
    }

    expect(results[0]).toMatchObject({
      decisions: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(results[1]).toEqual(results[0]);
    const { Id } = await new Docker().getImage(IMAGE).inspect();
    const provenances = await Promise.all(
      directories.map((directory) =>
        strategyLoopJson<ReleaseDocument>(directory, [
          ...['release', 'show', '--strategy', 'ml-forecast', '--release', '1'],
        ]),
      ),
    );
    expect(provenances.map(({ provenance }) => provenance.image)).toEqual([undefined, Id]);
    const left = await new Docker().listContainers({
      all: true,
      filters: { label: [`strategy-loop.directory=${String(directories[1])}/jobs-docker`] },
    });
    expect(left).toEqual([]);
  }, 240_000);

  it('is refused without an image, with the way out', async () => {
    const { exitCode, stderr } = await strategyLoop([
      ...['replay', '--strategy', 'ml-forecast', '--launcher', 'docker'],
    ]);

    expect(exitCode).toBe(64);
    expect(stderr).toMatch(/--launcher docker needs --image .*strategy-loop image build/s);
  });

  it('runs in an image that holds the sources of this checkout', async () => {
    expect(await strategyLoop(['image', 'verify', IMAGE])).toMatchObject({ exitCode: 0 });
    const { stdout } = await strategyLoop(['image', 'inspect', IMAGE, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      commit: expect.stringMatching(/^([0-9a-f]{40}|unknown)$/) as string,
      engineVersion: expect.stringMatching(/^engine-/) as string,
    });
  });

  it('is refused an image that does not exist', async () => {
    const { exitCode, stderr } = await strategyLoop(['image', 'verify', 'no-such-image:1']);

    expect(exitCode).toBe(65);
    expect(stderr).toContain('there is no image "no-such-image:1"');
  });

  it('tells what it waits for when the engine of the worker that is up does not answer', async () => {
    const directory = await temporaryDataDirectory();
    directories.push(directory);
    const [dead, temporal, ui] = await freePorts(3);
    const where = ['--data-dir', directory];
    const ports = ['--temporal-port', String(temporal), '--ui-port', String(ui)];
    const words = ['replay', '--strategy', 'rsi-macd', '--launcher', 'docker', '--image', IMAGE];
    let watching: Promise<CommandResult> | null = null;

    await strategyLoop(['up', ...where, ...ports, '--image', IMAGE], {
      environment: { DOCKER_HOST: `tcp://127.0.0.1:${String(dead)}` },
      onOutput: (text, upPid) => {
        if (watching !== null || !text.includes('Press Ctrl-C')) return;
        watching = strategyLoop([...words, ...where], {
          onOutput: (said, pid) => {
            if (said.includes('fails and is tried again')) process.kill(pid, 'SIGINT');
          },
        }).finally(() => process.kill(upPid, 'SIGINT'));
      },
    });

    const told = await (watching as Promise<CommandResult> | null);
    expect(told?.stderr).toContain(
      `launchCollect fails and is tried again until it succeeds: the Docker Engine at 127.0.0.1:${String(dead)} does not answer`,
    );
  }, 120_000);
});
