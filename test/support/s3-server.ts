import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { freePorts, isListening } from '../../infra/local/port.ts';
import { until } from './loop.ts';
import { installedS3Program } from './s3-program.ts';

/** Known to nobody else, so that a test can look for it everywhere. */
export const S3_SECRET = 'canary-secret-of-the-object-store';
export const S3_KEY_ID = 'strategyloopkey';
export const S3_BUCKET = 'loop-artifacts';

// Which Node.js later versions of the SDK need is said in package.json's pin, not in every test run.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

/** A real S3 server on a directory, with one bucket. */
export class S3Server {
  readonly endpoint: string;
  /** Objects lie in it as files, below the name of their bucket. */
  readonly directory: string;
  /** A way to the objects around the store. */
  readonly client: S3Client;
  readonly #port: number;
  readonly #home: string;
  #child: ChildProcess | null = null;

  private constructor(home: string, port: number) {
    this.#home = home;
    this.#port = port;
    this.directory = join(home, 'objects');
    this.endpoint = `http://127.0.0.1:${String(port)}`;
    this.client = new S3Client({
      endpoint: this.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: S3_KEY_ID, secretAccessKey: S3_SECRET },
    });
  }

  /** @param home an empty directory. */
  static async start(home: string): Promise<S3Server> {
    const [port = 0] = await freePorts(1);
    const server = new S3Server(home, port);
    await mkdir(server.directory);
    // Metadata lies beside the objects: not every file system has extended attributes.
    await mkdir(join(home, 'metadata'));
    await server.start();
    await server.client.send(new CreateBucketCommand({ Bucket: S3_BUCKET }));
    return server;
  }

  /** What a process needs in its environment to use the server. */
  get environment(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL_S3: this.endpoint,
      AWS_ACCESS_KEY_ID: S3_KEY_ID,
      AWS_SECRET_ACCESS_KEY: S3_SECRET,
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  /** Starts it again on the same port and the same objects. */
  async start(): Promise<void> {
    const options = ['--port', `127.0.0.1:${String(this.#port)}`, '--quiet'];
    const backend = ['posix', '--sidecar', join(this.#home, 'metadata'), this.directory];
    const child = spawn(installedS3Program() ?? '', [...options, ...backend], {
      cwd: this.#home,
      env: { ROOT_ACCESS_KEY: S3_KEY_ID, ROOT_SECRET_KEY: S3_SECRET },
      stdio: 'ignore',
    });
    this.#child = child;
    await until('the S3 server answers', () => {
      if (child.exitCode !== null) throw new Error('the S3 server does not start');
      return isListening(this.#port);
    });
  }

  /** As a crash: no connection is closed in order. Harmless when it does not run. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

/**
 * Gives this process the credentials for the time of a test file; the SDK finds them nowhere else.
 *
 * @returns puts back what was there.
 */
export function useCredentials(environment: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(environment).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, environment);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  };
}
