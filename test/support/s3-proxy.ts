import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A call that came by. */
export interface SeenCall {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Of the body that was announced; 0 for none. */
  readonly bytes: number;
}

/** What may be done to calls on their way. By default nothing. */
export interface S3ProxyRules {
  /** Before a call is passed on. A number is answered as status in place of the server. */
  onCall?: (call: SeenCall) => Promise<number | undefined> | number | undefined;
  /** Before more of an answer is passed on; an error breaks the connection. */
  onAnswer?: (call: SeenCall, bytesPassed: number) => Promise<void> | void;
}

/** Stands between the store and its server, sees every call, and may hold or break it. */
export interface S3Proxy {
  readonly endpoint: string;
  readonly calls: SeenCall[];
  rules: S3ProxyRules;
  close(): Promise<void>;
}

export async function startS3Proxy(target: string): Promise<S3Proxy> {
  const server = createServer((incoming, outgoing) => {
    void pass(incoming, outgoing).catch(() => {
      outgoing.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: S3Proxy = {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    calls: [],
    rules: {},
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = incoming;
    const call = { method, url, bytes: Number(headers['content-length'] ?? 0) };
    proxy.calls.push(call);
    const status = await proxy.rules.onCall?.(call);
    if (status !== undefined) {
      incoming.resume();
      outgoing.writeHead(status).end();
      return;
    }
    // With its own headers, or the signature would not be right.
    const upstream = request(`${target}${url}`, { method, headers });
    incoming.pipe(upstream);
    const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    let passed = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      await proxy.rules.onAnswer?.(call, passed);
      passed += chunk.length;
      if (!outgoing.write(chunk)) await once(outgoing, 'drain');
    }
    outgoing.end();
  }
  return proxy;
}
