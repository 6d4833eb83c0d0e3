import { lookup } from 'node:dns/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { hostOf, urlOf } from '../../schemas/feed-hosts.ts';
import { familyOf, isPrivate } from './private-addresses.ts';
import { connectTo, joinSockets } from './tunnel.ts';
import type { TunnelLimits } from './tunnel.ts';

export interface ConnectProxyOptions {
  /** `host:port` of what may be reached. */
  readonly hosts: readonly string[];
  /** Those of them that may lie in a private network. */
  readonly privateHosts: readonly string[];
  /** Networks that may ask, such as `172.19.0.0/16`; everybody when there is none. */
  readonly clients: readonly string[];
  /** Connections that are open at once. */
  readonly connectionsMax: number;
  /** Of each connection. */
  readonly limits: TunnelLimits;
  /** Takes one line for each connection and each refusal. */
  readonly log: (line: string) => void;
  /** Addresses of a host name. Default: the system's own. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
}

/** Somebody is turned away, with the status that he is told. */
class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: string;

  constructor(status: string, reason: string) {
    super(reason);
    this.status = status;
  }
}

const FORBIDDEN = '403 Forbidden';
/** Strangers that are logged, each once: they must not drown what jobs were refused. */
const STRANGERS_MAX = 100;

/** Where a client may be connected to. */
interface Destination {
  readonly addresses: readonly string[];
  readonly port: number;
}

/**
 * A proxy that only passes connections on (CONNECT), to hosts of a list. It looks a name up once and
 * connects to the addresses that it has judged, so that the name cannot mean another one meanwhile.
 */
export function createConnectProxy(options: ConnectProxyOptions): Server {
  const { limits, connectionsMax, log } = options;
  const isClient = clientTest(options.clients);
  let open = 0;
  const server = createServer((request, response) => {
    log(`refused ${request.method ?? ''} ${request.url ?? ''}: only CONNECT is served`);
    response.writeHead(405, { connection: 'close' }).end();
  });
  server.headersTimeout = limits.idleMs;
  server.requestTimeout = limits.idleMs;
  server.maxConnections = connectionsMax;

  const strangers = new Set<string>();
  // Before a request: connections on which nobody asks anything count as open too.
  server.on('connection', (socket) => {
    const from = socket.remoteAddress ?? '';
    if (isClient(from)) return;
    socket.destroy();
    if (strangers.has(from) || strangers.size >= STRANGERS_MAX) return;
    strangers.add(from);
    log(`refused ${from}: it may not ask`);
  });

  async function pass({ url, socket: client }: IncomingMessage, head: Buffer): Promise<void> {
    const asked = url ?? '';
    if (open > connectionsMax) {
      throw new Refusal('503 Service Unavailable', `more than ${String(connectionsMax)} are open`);
    }
    const target = await connectToAny(await destinationOf(asked, options), client, limits.idleMs);
    if (target === null) return;
    log(`connected ${asked} at ${target.remoteAddress ?? ''}`);
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) target.write(head);
    joinSockets(client, target, limits, (reason) => {
      log(`ended ${asked}: ${reason}`);
    });
  }

  server.on('connect', (request, client, head) => {
    open += 1;
    client.once('close', () => (open -= 1));
    client.on('error', () => client.destroy());
    pass(request, head).catch((error: unknown) => {
      const refusal = error instanceof Refusal ? error : unreachable(error);
      log(`refused CONNECT ${request.url ?? ''}: ${refusal.message}`);
      client.end(`HTTP/1.1 ${refusal.status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    });
  });
  return server;
}

/** @throws {Refusal} when it is not on the list, or has no address that it may have. */
async function destinationOf(
  asked: string,
  { hosts, privateHosts, resolve = addressesOf }: ConnectProxyOptions,
): Promise<Destination> {
  const url = /^[^/?#@\s]+:\d+$/.test(asked) ? urlOf(`https://${asked}`) : null;
  if (url === null) throw new Refusal('400 Bad Request', 'not of the form host:port');
  const host = hostOf(url);
  if (!hosts.includes(host)) {
    throw new Refusal(FORBIDDEN, `${host} is not on the list: ${hosts.join(', ')}`);
  }
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(name) === 0 ? await resolve(name) : [name];
  const permitted = addresses.filter((each) => privateHosts.includes(host) || !isPrivate(each));
  if (permitted.length === 0) {
    throw new Refusal(
      FORBIDDEN,
      `${host} has only private addresses (${addresses.join(', ')}). ` +
        'Name it in STRATEGY_LOOP_FEED_PRIVATE_HOSTS if that is meant',
    );
  }
  return { addresses: permitted, port: Number(url.port === '' ? 443 : url.port) };
}

/**
 * Tries one address after the other.
 *
 * @returns null when the client has gone meanwhile.
 * @throws when none answers.
 */
async function connectToAny(
  { addresses, port }: Destination,
  client: Socket,
  idleMs: number,
): Promise<Socket | null> {
  const reasons: string[] = [];
  for (const address of addresses) {
    try {
      const target = await connectTo(address, port, idleMs);
      if (!client.destroyed) return target;
      target.destroy();
    } catch (error) {
      reasons.push(error instanceof Error ? error.message : String(error));
    }
    if (client.destroyed) return null;
  }
  throw new Error(reasons.join('; '));
}

async function addressesOf(hostname: string): Promise<string[]> {
  return (await lookup(hostname, { all: true })).map(({ address }) => address);
}

/** Its client may try again: a name that is not found, a connection that is refused. */
function unreachable(error: unknown): Refusal {
  return new Refusal('502 Bad Gateway', error instanceof Error ? error.message : String(error));
}

function clientTest(networks: readonly string[]): (address: string) => boolean {
  if (networks.length === 0) return () => true;
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits = ''] = network.split('/');
    list.addSubnet(address, Number(bits), familyOf(address));
  }
  return (address) => {
    // A server on `::` sees IPv4 clients under addresses of IPv6.
    const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
    return isIP(plain) !== 0 && list.check(plain, familyOf(plain));
  };
}
