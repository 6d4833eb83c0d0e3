/** After the tests that start real servers. scripts/run-jest.js looks for what else still runs. */
export default async function globalTeardown() {
  await globalThis.stopTestServers?.();
}
