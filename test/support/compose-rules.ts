/** A service as docs of Compose describe it, as far as the rules below look at it. */
export interface ComposeService {
  image?: string;
  command?: string[];
  environment?: Record<string, string>;
  ports?: string[];
  volumes?: string[];
  networks?: string[];
  healthcheck?: { readonly test?: readonly unknown[] };
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  user?: string;
}

export interface ComposeFile {
  readonly services: Record<string, ComposeService>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
}

/** Variables that a store worker must not be given. */
export const LAUNCHER_RIGHTS_OF_STORE = [
  'DOCKER_HOST',
  'KUBECONFIG',
  'NOMAD_TOKEN',
  'STRATEGY_LOOP_NOMAD_TOKEN_FILE',
];

/** @returns one sentence for each rule of a deployment that a compose file breaks. */
export function problemsOfCompose({ services, networks }: ComposeFile): string[] {
  const found = Object.entries(services).flatMap(([name, service]) =>
    [...ofEvery(service), ...ofWorker(service), ...ofRole(service)].map(
      (problem) => `${name} ${problem}`,
    ),
  );
  if (networks['database']?.internal !== true) found.push('the network of the database is open');
  return found;
}

function ofEvery({
  healthcheck,
  ports = [],
  environment = {},
  image = '',
}: ComposeService): string[] {
  const open = ports.filter((port) => !port.startsWith('127.0.0.1:'));
  const secrets = Object.entries(environment).filter(
    ([name, value]) =>
      /PASSWORD|PWD|TOKEN$|SECRET|DATABASE_URL/.test(name) && !/\$\{\w+(:\?[^}]*)?\}/.test(value),
  );
  return [
    ...(healthcheck === undefined ? ['has no health check'] : []),
    // YAML reads a command with a colon and a space in it as a mapping.
    ...((healthcheck?.test ?? []).every((word) => typeof word === 'string')
      ? []
      : ['has a health check that is no list of words']),
    ...open.map((port) => `publishes a port to every network (${port})`),
    ...secrets.map(([name]) => `holds a secret (${name})`),
    ...(/^\$\{\w+:\?/.test(image) || /:v?\d[\w.-]*(@sha256:[0-9a-f]{64})?$/.test(image)
      ? []
      : [`names no version of its image (${image})`]),
  ];
}

function ofWorker(service: ComposeService): string[] {
  if (roleOf(service) === null) return [];
  const isClosed =
    service.read_only === true &&
    service.cap_drop?.includes('ALL') === true &&
    service.security_opt?.includes('no-new-privileges:true') === true &&
    service.user === '65532:65532';
  return isClosed ? [] : ['may gain privileges'];
}

function ofRole(service: ComposeService): string[] {
  const role = roleOf(service);
  if (role === null) return [];
  const { environment = {}, networks = [], volumes = [] } = service;
  const broken = {
    'holds database rights': role !== 'store' && 'DATABASE_URL' in environment,
    'is on the network of the database': role !== 'store' && networks.includes('database'),
    'holds launcher rights':
      role !== 'launch' &&
      (volumes.some((volume) => volume.includes('docker.sock')) ||
        LAUNCHER_RIGHTS_OF_STORE.some((name) => name in environment)),
  };
  return Object.entries(broken).flatMap(([problem, isBroken]) => (isBroken ? [problem] : []));
}

/** The role of a worker; null for any other service. */
function roleOf({ command = [] }: ComposeService): string | null {
  const at = command.indexOf('--role');
  return at === -1 ? null : (command[at + 1] ?? null);
}
