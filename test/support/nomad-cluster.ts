import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NomadClient } from '../../adapters/launchers/nomad-client.ts';
import type { NomadSettings } from '../../adapters/launchers/nomad-client.ts';
import { textOf } from './repository.ts';
import { until } from './until.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A namespace of a test's own in the cluster that NOMAD_ADDR names. */
export interface NomadPlace {
  readonly namespace: string;
  /** A directory of this machine, which the nodes see under the same path. */
  readonly volume: string;
  /** With all rights, to look at what the launcher made. */
  readonly admin: NomadClient;
  /** The settings of a launch worker: its token has the rights of infra/nomad/launch-policy.hcl alone. */
  readonly worker: NomadSettings;
  /** The same, as variables of a process. */
  readonly environment: Readonly<Record<string, string>>;
  /** @returns a token that may read jobs and no more. */
  readonly weakToken: () => Promise<string>;
  /** Lets the cluster forget what has ended. */
  readonly collectGarbage: () => Promise<void>;
  /** Removes all of it. */
  readonly remove: () => Promise<void>;
}

/** @returns settings of whoever the environment names, in a namespace. */
export function nomadSettings(
  namespace: string,
  token: string | null,
  environment: Environment = process.env,
): NomadSettings {
  const pem = (name: string): string | undefined => {
    const path = environment[name];
    return path === undefined ? undefined : readFileSync(path, 'utf8');
  };
  const [ca, cert, key] = [pem('NOMAD_CACERT'), pem('NOMAD_CLIENT_CERT'), pem('NOMAD_CLIENT_KEY')];
  return {
    address: environment['NOMAD_ADDR'] ?? '',
    namespace,
    token: () => Promise.resolve(token),
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  };
}

/** Sends a document, and reads the answer. */
export async function put<T>(client: NomadClient, path: string, body: object): Promise<T> {
  const answer = await client.ask({ what: `put ${path}`, method: 'PUT', path, body });
  const text = answer?.bytes.toString('utf8') ?? '';
  return (text === '' ? null : JSON.parse(text)) as T;
}

/** @returns what the cluster answers; null when there is no such thing. */
export async function get<T>(client: NomadClient, path: string): Promise<T | null> {
  const answer = await client.json({ what: `get ${path}`, method: 'GET', path });
  return answer === null ? null : (answer.value as T);
}

/** The policy of infra/nomad, for another namespace than its own. */
export function launchPolicy(namespace: string): string {
  return textOf('infra/nomad/launch-policy.hcl').replace(
    'namespace "default"',
    `namespace "${namespace}"`,
  );
}

/** @returns a token with those rules and no others; null when the cluster asks for none. */
export async function tokenWith(
  admin: NomadClient,
  name: string,
  rules: string,
): Promise<{ secret: string; remove: () => Promise<void> }> {
  await put(admin, `/v1/acl/policy/${name}`, { Name: name, Rules: rules });
  const { SecretID, AccessorID } = await put<{ SecretID: string; AccessorID: string }>(
    admin,
    '/v1/acl/token',
    { Name: name, Type: 'client', Policies: [name] },
  );
  return {
    secret: SecretID,
    async remove() {
      await erase(admin, `/v1/acl/token/${AccessorID}`);
      await erase(admin, `/v1/acl/policy/${name}`);
    },
  };
}

/** Makes a namespace, and a token with the project's own policy where the cluster asks for tokens. */
export async function makeNomadPlace(environment: Environment = process.env): Promise<NomadPlace> {
  const namespace = `strategy-loop-test-${randomUUID().slice(0, 8)}`;
  const volume = join(process.env['STRATEGY_LOOP_TEST_ROOT'] ?? tmpdir(), namespace);
  await mkdir(volume, { recursive: true });
  await chmod(volume, 0o755);
  const management = environment['NOMAD_TOKEN'] ?? null;
  const admin = new NomadClient(nomadSettings(namespace, management, environment));
  await put(admin, `/v1/namespace/${namespace}`, { Name: namespace });
  const token =
    management === null ? null : await tokenWith(admin, namespace, launchPolicy(namespace));
  const removals: (() => Promise<void>)[] = [];
  const worker = nomadSettings(namespace, token?.secret ?? null, environment);
  return {
    namespace,
    volume,
    admin,
    worker,
    environment: {
      ...passedOn(environment),
      NOMAD_NAMESPACE: namespace,
      ...(token === null ? {} : { NOMAD_TOKEN: token.secret }),
    },
    async weakToken() {
      const rules = `namespace "${namespace}" { capabilities = ["read-job", "list-jobs"] }`;
      const weak = await tokenWith(admin, `${namespace}-weak`, rules);
      removals.push(weak.remove);
      return weak.secret;
    },
    collectGarbage: () => put(admin, '/v1/system/gc', {}),
    async remove() {
      for (const removal of removals) await removal();
      await removeJobs(admin);
      for (const { Path } of (await get<{ Path: string }[]>(admin, '/v1/vars')) ?? []) {
        await erase(admin, `/v1/var/${Path}`);
      }
      await erase(admin, `/v1/namespace/${namespace}`);
      await token?.remove();
      await rm(volume, { recursive: true, force: true });
    },
  };
}

/** @returns the container that a job, or one group of it, runs in on this machine; null for none. */
export async function containerOf(
  place: NomadPlace,
  jobId: string,
  group = '',
): Promise<string | null> {
  const all = await get<{ ID: string; TaskGroup: string }[]>(
    place.admin,
    `/v1/job/${jobId}/allocations`,
  );
  for (const { ID, TaskGroup } of all ?? []) {
    if (group !== '' && TaskGroup !== group) continue;
    const label = `label=com.hashicorp.nomad.alloc_id=${ID}`;
    const words = ['ps', '--quiet', '--no-trunc', '--filter', label];
    const id = execFileSync('docker', words, { encoding: 'utf8' }).trim();
    if (id !== '') return id;
  }
  return null;
}

/** Every job of the namespace, and what the nodes still keep of them. */
async function removeJobs(admin: NomadClient): Promise<void> {
  const jobs = await get<{ ID: string }[]>(admin, '/v1/jobs');
  for (const { ID } of jobs ?? []) {
    await erase(admin, `/v1/job/${encodeURIComponent(ID)}?purge=true`);
  }
  await until('the allocations of the namespace are gone', async () => {
    await put(admin, '/v1/system/gc', {});
    return (await get<unknown[]>(admin, '/v1/allocations'))?.length === 0;
  });
}

/** Deletes what a path with its query names. */
export async function erase(client: NomadClient, path: string): Promise<void> {
  const { pathname, searchParams } = new URL(path, 'http://nomad');
  const query = Object.fromEntries(searchParams);
  await client.ask({ what: `delete ${path}`, method: 'DELETE', path: pathname, query });
}

function passedOn(environment: Environment): Record<string, string> {
  const names = ['NOMAD_ADDR', 'NOMAD_CACERT', 'NOMAD_CLIENT_CERT', 'NOMAD_CLIENT_KEY'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
