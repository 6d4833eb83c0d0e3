/**
 * Hooks of Node's module loader for the files of strategies that users add: they may be TypeScript on
 * every version of Node that we support, and they find `strategy-loop/…` and zod without being inside
 * an installed package. Runs in the loader's own thread; `registerStrategyHooks` puts it there.
 */
import { readFile } from 'node:fs/promises';
import type { LoadHook, ResolveHook } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** What we offer to strategies, always from this build: two copies would not know each other. */
const OWN: Readonly<Record<string, string>> = {
  'strategy-loop/strategy': new URL('../../strategies/index.js', import.meta.url).href,
  'strategy-loop/engine': new URL('../../engine/index.js', import.meta.url).href,
};

/** Specifier of a package as a folder sees it: what `packageSpecifier` makes. */
const PACKAGE = 'strategy-loop-package:';

/** Something to import that means a package as it is found from a folder. */
export function packageSpecifier(name: string, directory: string): string {
  return `${PACKAGE}${encodeURIComponent(name)}?from=${encodeURIComponent(directory)}`;
}

export const resolve: ResolveHook = async (specifier, context, nextResolve) => {
  const own = OWN[specifier];
  if (own !== undefined) return { url: own, shortCircuit: true };
  if (specifier.startsWith(PACKAGE)) {
    const [name = '', directory = ''] = specifier.slice(PACKAGE.length).split('?from=');
    const parentURL = pathToFileURL(`${decodeURIComponent(directory)}/package.json`).href;
    return nextResolve(decodeURIComponent(name), { ...context, parentURL });
  }
  try {
    return await nextResolve(specifier, context);
  } catch (error) {
    // TypeScript projects may write `.js` and mean the `.ts` beside it.
    if (/^\.{1,2}\/.*\.js$/.test(specifier)) {
      return nextResolve(specifier.replace(/\.js$/, '.ts'), context);
    }
    if (specifier !== 'zod') throw error;
    return nextResolve(specifier, { ...context, parentURL: import.meta.url });
  }
};

export const load: LoadHook = async (url, context, nextLoad) => {
  if (!url.startsWith('file:') || !/\.m?ts$/.test(url)) return nextLoad(url, context);
  // Loaded on demand: most strategies need no compiler.
  const { transform } = await import('@swc/core');
  const path = fileURLToPath(url);
  const { code } = await transform(await readFile(path, 'utf8'), {
    filename: path,
    configFile: false,
    swcrc: false,
    sourceMaps: 'inline',
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'es6' },
  });
  return { format: 'module', source: code, shortCircuit: true };
};
