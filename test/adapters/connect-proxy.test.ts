import { request } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createConnectProxy } from '../../adapters/proxy/connect-proxy.ts';
import type { ConnectProxyOptions } from '../../adapters/proxy/connect-proxy.ts';
import { isPrivate } from '../../adapters/proxy/private-addresses.ts';
import { connectTo, joinSockets } from '../../adapters/proxy/tunnel.ts';

/** What came of asking the proxy for a connection. */
interface Tunnel {
  readonly status: number;
  readonly socket: Socket;
}

const closers: (() => void)[] = [];
let echo: Server;
let host: string;
let log: string[];

beforeEach(async () => {
  log = [];
  echo = createServer((socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  host = `127.0.0.1:${String(await listen(echo))}`;
});

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

function proxy(options: Partial<ConnectProxyOptions> = {}): Promise<number> {
  // What an earlier test left open ends in the log of that one.
  const lines = log;
  return listen(
    createConnectProxy({
      hosts: [host],
      privateHosts: [host],
      clients: [],
      connectionsMax: 4,
      limits: { bytesMax: 10_000, lifeMs: 10_000, idleMs: 10_000 },
      log: (line) => lines.push(line),
      ...options,
    }),
  );
}

function ask(port: number, asked: string): Promise<Tunnel> {
  return new Promise((resolve, reject) => {
    const asking = request({ port, host: '127.0.0.1', method: 'CONNECT', path: asked });
    asking.once('connect', ({ statusCode = 0 }, socket: Socket, head) => {
      if (head.length > 0) socket.unshift(head);
      closers.push(() => socket.destroy());
      socket.on('error', () => {});
      resolve({ status: statusCode, socket });
    });
    asking.once('error', reject);
    asking.end();
  });
}

/** Sends, and waits for as many bytes to come back, or for the end. */
function exchange(socket: Socket, bytes: number): Promise<number> {
  return new Promise((resolve) => {
    let back = 0;
    socket.on('data', (chunk: Buffer) => {
      back += chunk.length;
      if (back >= bytes) resolve(back);
    });
    socket.once('close', () => {
      resolve(back);
    });
    if (bytes > 0) socket.write(Buffer.alloc(bytes));
  });
}

describe('createConnectProxy', () => {
  it('passes a connection on to a host of its list', async () => {
    const { status, socket } = await ask(await proxy(), host);

    expect(status).toBe(200);
    expect(await exchange(socket, 1000)).toBe(1000);
  });

  it.each([
    ['another host', 'example.com:443', /example\.com:443 is not on the list/],
    ['another port', '127.0.0.1:1', /127\.0\.0\.1:1 is not on the list/],
    ['a list of its own', `127.0.0.1:1/../`, /not of the form host:port/],
  ])('turns %s away, and logs it', async (_, asked, reason) => {
    const { status } = await ask(await proxy(), asked);

    expect([400, 403]).toContain(status);
    expect(log.join('\n')).toMatch(reason);
  });

  it('turns private addresses away after it has looked the name up', async () => {
    const hosts = ['data.example:443', 'inside.example:443'];
    const resolve = (): Promise<string[]> => Promise.resolve(['10.1.2.3', '::1']);
    const port = await proxy({ hosts, privateHosts: [], resolve });

    expect((await ask(port, 'data.example:443')).status).toBe(403);
    expect(log[0]).toMatch(/only private addresses \(10\.1\.2\.3, ::1\).*FEED_PRIVATE_HOSTS/);
    expect((await ask(await proxy({ privateHosts: [] }), host)).status).toBe(403);
  });

  it('connects to the address that it has judged, though the name means another one later', async () => {
    const answers = [['127.0.0.1'], ['192.0.2.1']];
    const name = host.replace('127.0.0.1', 'data.example');
    const resolve = (): Promise<string[]> => Promise.resolve(answers.shift() ?? []);
    const port = await proxy({ hosts: [name], privateHosts: [name], resolve });

    expect((await ask(port, name)).status).toBe(200);
    expect(answers).toHaveLength(1);
  });

  it('tries every address that it may, one after the other', async () => {
    const name = host.replace('127.0.0.1', 'data.example');
    // Nobody listens on the first two.
    const resolve = (): Promise<string[]> => Promise.resolve(['::1', '127.0.0.2', '127.0.0.1']);
    const port = await proxy({ hosts: [name], privateHosts: [name], resolve });

    expect((await ask(port, name)).status).toBe(200);
    expect(log).toEqual([`connected ${name} at 127.0.0.1`]);
  });

  it('gives a slow reader the end of a file whose sender has closed', async () => {
    const bytes = 100_000;
    const file = createServer((socket) => socket.on('error', () => {}).end(Buffer.alloc(bytes)));
    const target = await connectTo('127.0.0.1', await listen(file), 10_000);
    let come = 0;
    // Takes a while for each piece, so that the last ones are queued when the sender has closed.
    const client = new Duplex({
      write: (chunk: Buffer, _encoding, done) =>
        setTimeout(() => {
          if (!client.destroyed) come += chunk.length;
          done();
        }, 100),
      final(done) {
        this.push(null);
        done();
      },
      read: () => {},
    });
    const limits = { bytesMax: 2 * bytes, lifeMs: 20_000, idleMs: 10_000 };

    const reason = await new Promise((resolve) => {
      joinSockets(
        Object.assign(client, { setTimeout: () => {} }) as never,
        target,
        limits,
        resolve,
      );
    });

    expect([come, reason]).toEqual([bytes, `closed, ${String(bytes)} bytes`]);
  });

  it('passes on what a client sent before it closed', async () => {
    const bytes = 2 * 1024 * 1024;
    let come = 0;
    const ended = new Promise<void>((resolve) => {
      const sink = createServer({ pauseOnConnect: true }, (socket) => {
        setTimeout(() => socket.resume(), 200);
        socket.on('data', (chunk) => (come += chunk.length));
        socket.on('close', resolve);
      });
      void listen(sink).then(async (target) => {
        const at = `127.0.0.1:${String(target)}`;
        const limits = { bytesMax: 2 * bytes, lifeMs: 20_000, idleMs: 10_000 };
        const port = await proxy({ hosts: [at], privateHosts: [at], limits });
        (await ask(port, at)).socket.end(Buffer.alloc(bytes));
      });
    });

    await ended;
    expect(come).toBe(bytes);
  });

  it('ends a connection whose client stays when its target has closed', async () => {
    const file = createServer((socket) => socket.on('error', () => {}).end(Buffer.alloc(1000)));
    const at = `127.0.0.1:${String(await listen(file))}`;
    const limits = { bytesMax: 10_000, lifeMs: 10_000, idleMs: 100 };
    const port = await proxy({ hosts: [at], privateHosts: [at], limits });
    const { socket } = await ask(port, at);
    // Gets the end, and does not end itself.
    socket.allowHalfOpen = true;

    socket.resume();
    while (log.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));

    expect(log[1]).toMatch(/nothing moved, 1000 bytes/);
  });

  it('serves CONNECT and nothing else', async () => {
    const answer = await fetch(`http://127.0.0.1:${String(await proxy())}/x`);

    expect(answer.status).toBe(405);
    expect(log[0]).toMatch(/refused GET \/x: only CONNECT/);
  });

  it('turns clients of other networks away', async () => {
    await expect(ask(await proxy({ clients: ['10.0.0.0/8'] }), host)).rejects.toThrow();
    expect(log).toEqual(['refused 127.0.0.1: it may not ask']);
    expect((await ask(await proxy({ clients: ['127.0.0.0/8'] }), host)).status).toBe(200);
  });

  it('ends a connection that moves too much, lasts too long or stands still', async () => {
    const limits = { bytesMax: 10_000, lifeMs: 10_000, idleMs: 10_000 };
    const much = await ask(await proxy(), host);
    expect(await exchange(much.socket, 100_000)).toBeLessThan(100_000);

    const long = await ask(await proxy({ limits: { ...limits, lifeMs: 50 } }), host);
    expect(await exchange(long.socket, 0)).toBe(0);
    const still = await ask(await proxy({ limits: { ...limits, idleMs: 50 } }), host);
    expect(await exchange(still.socket, 0)).toBe(0);

    expect(log.filter((line) => line.startsWith('ended'))).toEqual([
      expect.stringContaining('too many bytes') as string,
      expect.stringContaining('it lasted too long') as string,
      expect.stringContaining('nothing moved') as string,
    ]);
  });

  it('has at most so many connections open, and takes others when they end', async () => {
    const port = await proxy({ connectionsMax: 1 });
    const first = await ask(port, host);

    await expect(ask(port, host)).rejects.toThrow();
    first.socket.destroy();
    let status = 0;
    while (status !== 200) ({ status } = await ask(port, host).catch(() => ({ status: 0 })));

    expect(first.status).toBe(200);
  });

  it('tells a host that does not answer from one that is not allowed', async () => {
    const port = await proxy({ hosts: ['127.0.0.1:1'], privateHosts: ['127.0.0.1:1'] });

    expect((await ask(port, '127.0.0.1:1')).status).toBe(502);
  });
});

describe('isPrivate', () => {
  it.each([
    ...['127.0.0.1', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254'],
    ...['100.64.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255', '::1', '::', 'fd00::1', 'fe80::1'],
    ...['::ffff:10.0.0.1', '::ffff:8.8.8.8', '64:ff9b::a00:1', '2002:a00:1::'],
    ...['fec0::1', '::ffff:0:10.0.0.1', '::ffff:0:a00:1', '4000::1', '2001:db8::1', '3fff::1'],
    'fe80::1%lo',
  ])('says so of %s', (address) => {
    expect(isPrivate(address)).toBe(true);
  });

  it.each(['8.8.8.8', '172.32.0.1', '172.15.255.255', '100.128.0.1', '2606:4700:4700::1111'])(
    'says no of %s',
    (address) => {
      expect(isPrivate(address)).toBe(false);
    },
  );
});
