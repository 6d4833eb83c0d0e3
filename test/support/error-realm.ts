/**
 * Import this first in tests that break the connection of a client of AWS in their own process.
 * Jest gives every test file its own set of built-in classes, while errors of sockets are of the
 * process's; the client takes such an error for none, and forgets what it said.
 */
const outerFunction = Buffer.constructor as (code: string) => () => unknown;

globalThis.Error = outerFunction('return Error')() as ErrorConstructor;
