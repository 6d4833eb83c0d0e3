import { createRequire } from 'node:module';

/**
 * Loader hooks that let a child process of a test run our TypeScript sources as they are, so that
 * such a test does not depend on an earlier build.
 */
const HOOKS = `
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createRequire } from 'node:module';
const { transformSync } = createRequire(SELF)('@swc/core');
const options = { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } };
export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context);
  const source = transformSync(readFileSync(fileURLToPath(url), 'utf8'), options).code;
  return { format: 'module', source, shortCircuit: true };
}
`;

/** @returns arguments for node, before the script's own path, with which it runs `.ts` files. */
export function typescriptArguments(): string[] {
  const self = JSON.stringify(createRequire(import.meta.url).resolve('@swc/core'));
  const hooks = dataUrl(HOOKS.replace('SELF', self));
  return [
    '--import',
    dataUrl(`import { register } from 'node:module'; register(${JSON.stringify(hooks)});`),
  ];
}

function dataUrl(source: string): string {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
