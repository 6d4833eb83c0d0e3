import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePorts, LOOPBACK } from '../../infra/local/port.ts';
import { PortInUseError, ServerUnavailableError } from '../../infra/local/server-error.ts';
import { findTemporalBinary } from '../../infra/local/temporal-binary.ts';
import { startTemporal } from '../../infra/local/temporal-server.ts';
import { requireNoProcessOf } from '../support/left-behind.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

/** What the server writes when a port that it chose for itself is gone before it listens. */
const PANIC = `panic: failed assigning ephemeral port: listen tcp 127.0.0.1:0: bind: address already in use

goroutine 1 [running]:
main.MustGetFreePort({0x7ffc769b2a58?, 0x30d9c1fda9f0?})
\t/freeport.go:89 +0x73
${'main.main()\n\t/main.go:18 +0x96\n'.repeat(20)}`;

let directory: string;
let told: string[];

beforeEach(async () => {
  directory = await scratchDirectory('temporal-server');
  told = [];
});

afterEach(() => {
  requireNoProcessOf(directory);
});

/** A program that first counts its start, and writes and ends as told or becomes the real server. */
async function programThat(script: string): Promise<string> {
  const path = join(directory, 'program');
  await writeFile(join(directory, 'panic'), PANIC);
  await writeFile(path, `#!/bin/sh\necho start >>${directory}/starts\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

async function start(binary: string, [port = 0, uiPort = 0]: readonly number[]) {
  return startTemporal({
    binary,
    databaseFile: join(directory, 'data', 'temporal.db'),
    port,
    uiPort,
    logFile: join(directory, 'temporal.log'),
    onProgress: (text) => told.push(text),
  });
}

async function starts(): Promise<number> {
  return (await readFile(join(directory, 'starts'), 'utf8')).trim().split('\n').length;
}

describe('startTemporal', () => {
  it('starts again when the server lost a port that it chose itself', async () => {
    const real = await findTemporalBinary({ onProgress: () => undefined });
    const program = await programThat(
      `[ "$(wc -l <${directory}/starts)" -gt 2 ] && exec ${real} "$@"; cat ${directory}/panic; exit 2`,
    );

    const server = await start(program, await freePorts(2));
    await server.stop();

    expect(await starts()).toBe(3);
    expect(told).toEqual([
      'Temporal ended as it started (panic: failed assigning ephemeral port: listen tcp ' +
        '127.0.0.1:0: bind: address already in use); starting it again (2 of 4)',
      expect.stringContaining('(3 of 4)'),
    ]);
  });

  it('gives up after the fourth, with the reason and without the stacks', async () => {
    const program = await programThat(`cat ${directory}/panic; exit 2`);

    const failure = await start(program, await freePorts(2)).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(ServerUnavailableError);
    const { message } = failure as ServerUnavailableError;
    expect(message).toMatch(/did not start: Error: it ended; the end of .*temporal\.log:\npanic: /);
    expect(message).not.toContain('goroutine');
    // Only what the last start wrote.
    expect(message.match(/panic:/g)).toHaveLength(1);
    expect(await starts()).toBe(4);
  });

  it('does not try again when a port that it was given is taken', async () => {
    const holder = createServer();
    const ports = await freePorts(2);
    const program = await programThat(
      `echo "can't set frontend port: listen tcp 127.0.0.1:${String(ports[0])}: bind: address already in use"; exit 1`,
    );
    await expect(start(program, ports)).rejects.toThrow(PortInUseError);
    expect(await starts()).toBe(1);

    holder.listen(ports[1], LOOPBACK);
    await once(holder, 'listening');
    await expect(start(program, ports)).rejects.toThrow(
      `port ${String(ports[1])} for the Temporal UI is in use`,
    );
    await new Promise((resolve) => holder.close(resolve));
    expect(await starts()).toBe(1);
  });
});
