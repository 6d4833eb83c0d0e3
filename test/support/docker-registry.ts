import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePorts, isListening } from '../../infra/local/port.ts';
import { until } from './loop.ts';

/** The program of Debian's package docker-registry. */
const PROGRAM = 'docker-registry';
const USER = 'tester';
const PASSWORD = 'not-a-secret';
/** PASSWORD under bcrypt, as `htpasswd -B -C 5` writes it. */
const PASSWORD_FILE = `${USER}:$2y$05$/RrmgBNu5Ohz6DlejfmzQu7uNSB2opWAFL/UAzy.DtfMCbopd2w8G\n`;
const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

/** Why tests with a registry are left out; empty where one can be started. */
export const NO_REGISTRY =
  spawnSync(PROGRAM, ['--version']).error === undefined
    ? ''
    : ' (skipped: no docker-registry on the PATH; the Debian package of that name has it)';

/** A real registry on 127.0.0.1 that wants a login. The engine takes plain HTTP from there. */
export class DockerRegistry {
  /** Host and port, as they stand in names of images. */
  readonly address: string;
  readonly #child: ChildProcess;

  private constructor(address: string, child: ChildProcess) {
    this.address = address;
    this.#child = child;
  }

  /** @param home an empty directory. */
  static async start(home: string): Promise<DockerRegistry> {
    const [port = 0] = await freePorts(1);
    const address = `127.0.0.1:${String(port)}`;
    const objects = join(home, 'objects');
    const passwords = join(home, 'htpasswd');
    const settings = join(home, 'registry.yml');
    await mkdir(objects);
    await writeFile(passwords, PASSWORD_FILE);
    await writeFile(
      settings,
      JSON.stringify({
        version: '0.1',
        log: { level: 'warn' },
        storage: { filesystem: { rootdirectory: objects } },
        http: { addr: address },
        auth: { htpasswd: { realm: 'test', path: passwords } },
      }),
    );
    const child = spawn(PROGRAM, ['serve', settings], { stdio: 'ignore' });
    await until('the registry listens', () => isListening(port));
    return new DockerRegistry(address, child);
  }

  /** Logs the docker client in; the configuration holds it from then on. */
  login(configuration: string): void {
    const words = ['login', this.address, '--username', USER, '--password-stdin'];
    const { status, stderr } = spawnSync('docker', words, {
      env: { ...process.env, DOCKER_CONFIG: configuration },
      input: PASSWORD,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`docker login: ${stderr}`);
  }

  /** What the registry itself says is the digest of a tag; null when it has no such tag. */
  async digestOf(repository: string, tag: string): Promise<string | null> {
    const url = `http://${this.address}/v2/${repository}/manifests/${tag}`;
    const authorization = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
    const headers = { accept: MANIFEST, authorization };
    const answer = await fetch(url, { method: 'HEAD', headers });
    return answer.ok ? answer.headers.get('docker-content-digest') : null;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill();
    await ended;
  }
}
