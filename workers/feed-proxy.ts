/**
 * The program of the proxy through which jobs of network feeds reach the hosts that they may:
 * `node dist/workers/feed-proxy.js`. All its settings come from the environment. It serves until
 * SIGTERM, and has no rights at any other part of the loop.
 */
import { isIP } from 'node:net';
import { z } from 'zod';
import { createConnectProxy } from '../adapters/proxy/connect-proxy.ts';
import { PROXY_PORT, PROXY_READY } from '../adapters/proxy/proxy-contract.ts';
import { parseHosts } from '../schemas/feed-hosts.ts';
import { ConfigurationError, HostList, requireSettings } from './configuration.ts';

const MINUTE_MS = 60_000;
const GIB = 1024 * 1024 * 1024;

const ProxyConfiguration = z.object({
  /** What may be reached. */
  STRATEGY_LOOP_PROXY_HOSTS: HostList.refine((text) => parseHosts(text)?.length !== 0, {
    error: 'must name at least one host',
  }),
  /** Those of them that may lie in a private network. */
  STRATEGY_LOOP_FEED_PRIVATE_HOSTS: HostList.default(''),
  /** Networks that may ask; everybody by default. */
  STRATEGY_LOOP_PROXY_CLIENTS: z
    .string()
    .refine((text) => networksOf(text).every(isNetwork), {
      error: 'must be networks such as 172.19.0.0/16, with commas between',
    })
    .default(''),
  STRATEGY_LOOP_PROXY_CONNECTIONS_MAX: z.coerce.number().int().min(1).max(1000).default(16),
  STRATEGY_LOOP_PROXY_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .default(3 * GIB),
  STRATEGY_LOOP_PROXY_LIFE_MS: z.coerce
    .number()
    .int()
    .min(1)
    .default(15 * MINUTE_MS),
  STRATEGY_LOOP_PROXY_IDLE_MS: z.coerce.number().int().min(1).default(MINUTE_MS),
});

function networksOf(text: string): string[] {
  return text.split(',').filter((each) => each !== '');
}

function isNetwork(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/');
  const family = isIP(address);
  return (
    family !== 0 &&
    more.length === 0 &&
    /^\d+$/.test(bits) &&
    Number(bits) <= (family === 4 ? 32 : 128)
  );
}

function print(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

function main(): void {
  const settings = requireSettings(ProxyConfiguration, process.env);
  const server = createConnectProxy({
    hosts: parseHosts(settings.STRATEGY_LOOP_PROXY_HOSTS) ?? [],
    privateHosts: parseHosts(settings.STRATEGY_LOOP_FEED_PRIVATE_HOSTS) ?? [],
    clients: networksOf(settings.STRATEGY_LOOP_PROXY_CLIENTS),
    connectionsMax: settings.STRATEGY_LOOP_PROXY_CONNECTIONS_MAX,
    limits: {
      bytesMax: settings.STRATEGY_LOOP_PROXY_BYTES_MAX,
      lifeMs: settings.STRATEGY_LOOP_PROXY_LIFE_MS,
      idleMs: settings.STRATEGY_LOOP_PROXY_IDLE_MS,
    },
    log: print,
  });
  server.listen(PROXY_PORT, () => {
    print(PROXY_READY);
  });
  process.once('SIGTERM', () => process.exit(0));
}

try {
  main();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 78;
}
