import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Launcher } from '../adapters/launchers/launcher.ts';
import { NomadClient } from '../adapters/launchers/nomad-client.ts';
import type { NomadSettings } from '../adapters/launchers/nomad-client.ts';
import { createNomadLauncher } from '../adapters/launchers/nomad.ts';
import { requireSettings } from './configuration.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The program that runs a job, inside the image. */
const JOB_PROGRAM = '/app/dist/jobs/main.js';

/** Settings of the Nomad launcher; the first ones are named as Nomad's own command names them. */
const NomadConfiguration = z.object({
  NOMAD_ADDR: z
    .string()
    .regex(/^https?:\/\/[^\s/]+\/?$/, 'must be http://host:4646 or https://…')
    .regex(/^[^@]*$/, 'must hold no user name and no password; a token goes into NOMAD_TOKEN'),
  NOMAD_NAMESPACE: z.string().min(1).default('default'),
  NOMAD_REGION: z.string().min(1).optional(),
  NOMAD_TOKEN: z.string().min(1).optional(),
  /** Read before every request, so that the token in it can be exchanged. */
  STRATEGY_LOOP_NOMAD_TOKEN_FILE: z.string().min(1).optional(),
  NOMAD_CACERT: z.string().min(1).optional(),
  NOMAD_CLIENT_CERT: z.string().min(1).optional(),
  NOMAD_CLIENT_KEY: z.string().min(1).optional(),
  NOMAD_TLS_SERVER_NAME: z.string().min(1).optional(),
  /** The jobs' shared directory as Nomad's nodes see it; as this machine does by default. */
  STRATEGY_LOOP_NOMAD_DIRECTORY: z.string().startsWith('/', 'must be an absolute path').optional(),
  /** Comma-separated; all by default. */
  STRATEGY_LOOP_NOMAD_DATACENTERS: z.string().min(1).default('*'),
  STRATEGY_LOOP_NOMAD_NODE_POOL: z.string().min(1).optional(),
  STRATEGY_LOOP_NOMAD_CPU_MHZ: z.coerce.number().int().min(50).max(1_000_000).default(1000),
  /** Path of a seccomp profile on the nodes; the engine's own by default. */
  STRATEGY_LOOP_NOMAD_SECCOMP: z.string().startsWith('/', 'must be an absolute path').optional(),
  /** For a node to take a job and fetch its image, in seconds. */
  STRATEGY_LOOP_NOMAD_START_SECONDS: z.coerce.number().int().min(1).max(86_400).default(300),
});

/** The variables that the Nomad launcher reads. */
export const NOMAD_VARIABLES: readonly string[] = Object.keys(NomadConfiguration.shape);

/**
 * The launcher of jobs on the Nomad cluster that NOMAD_ADDR names.
 *
 * @param directory of the process launcher; jobs on Nomad lie beside it.
 * @throws {ConfigurationError} that names every wrong variable and its rule, never its value.
 */
export function openNomadLauncher(
  directory: string,
  image: string,
  environment: Environment,
): Launcher {
  const settings = requireSettings(NomadConfiguration, environment);
  const hostDirectory = settings.STRATEGY_LOOP_NOMAD_DIRECTORY;
  const nodePool = settings.STRATEGY_LOOP_NOMAD_NODE_POOL;
  const seccomp = settings.STRATEGY_LOOP_NOMAD_SECCOMP;
  return createNomadLauncher({
    client: new NomadClient(clientSettings(settings)),
    directory: `${directory}-nomad`,
    ...(hostDirectory === undefined ? {} : { hostDirectory }),
    image,
    command: (jobType) => ['node', JOB_PROGRAM, jobType],
    cpuMhz: settings.STRATEGY_LOOP_NOMAD_CPU_MHZ,
    datacenters: settings.STRATEGY_LOOP_NOMAD_DATACENTERS.split(','),
    ...(nodePool === undefined ? {} : { nodePool }),
    ...(seccomp === undefined ? {} : { seccomp }),
    startDeadlineMs: settings.STRATEGY_LOOP_NOMAD_START_SECONDS * 1000,
  });
}

/** The token, also that in a file, so that it can be kept out of the log. */
export function nomadSecrets(environment: Environment): string[] {
  const { NOMAD_TOKEN: token, STRATEGY_LOOP_NOMAD_TOKEN_FILE: file } = environment;
  return [
    ...(token === undefined ? [] : [token]),
    ...(file === undefined ? [] : [readToken(file)]),
  ];
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    // It may be written later; the launcher says so when it needs it.
    return '';
  }
}

function clientSettings(settings: z.infer<typeof NomadConfiguration>): NomadSettings {
  const { NOMAD_TOKEN: token, STRATEGY_LOOP_NOMAD_TOKEN_FILE: file } = settings;
  const pem = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : readFileSync(path, 'utf8');
  const [ca, cert, key] = [
    pem(settings.NOMAD_CACERT),
    pem(settings.NOMAD_CLIENT_CERT),
    pem(settings.NOMAD_CLIENT_KEY),
  ];
  const serverName = settings.NOMAD_TLS_SERVER_NAME;
  const region = settings.NOMAD_REGION;
  return {
    address: settings.NOMAD_ADDR,
    namespace: settings.NOMAD_NAMESPACE,
    ...(region === undefined ? {} : { region }),
    token: async () =>
      file === undefined ? (token ?? null) : (await readFile(file, 'utf8')).trim(),
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(serverName === undefined ? {} : { serverName }),
    },
  };
}
