import { access, constants } from 'node:fs/promises';
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import type { StrategySource } from '../../schemas/strategy-places.ts';
import type { Strategy } from '../../strategies/strategy.ts';
import { BadInputError } from '../contract/job-error.ts';
import { codeOf } from '../contract/job-files.ts';
import { packageSpecifier } from './strategy-hooks.ts';
import { compilerWords, syntaxProblem } from './syntax-problem.ts';

let isRegistered = false;

/** Each thread has its own loader, and needs the hooks in it once. */
function registerStrategyHooks(): void {
  if (isRegistered) return;
  register('./strategy-hooks.js', import.meta.url);
  // Messages then name the lines that the author wrote.
  process.setSourceMapsEnabled(true);
  isRegistered = true;
}

/**
 * Loads the strategy of a file that a user added: JavaScript or TypeScript.
 *
 * @param path absolute.
 * @throws {BadInputError} naming the file: it cannot be read, throws while it is loaded, or does not
 *   export one strategy.
 */
export async function loadStrategyFile(path: string): Promise<Strategy> {
  try {
    await access(path, constants.R_OK);
  } catch (error) {
    throw new BadInputError(
      `--strategy must name a file that can be read, was ${path} (${codeOf(error)}). Correct the path.`,
      { cause: error },
    );
  }
  const [strategy, ...others] = await loadModule(pathToFileURL(path).href, path);
  if (strategy === undefined || others.length > 0) {
    const ids = [strategy, ...others].map((each) => each?.id ?? '').join(', ');
    throw new BadInputError(
      `${path} must export one strategy, exported ${String(others.length + 1)}: ${ids}. Give each a file of its own.`,
    );
  }
  return strategy;
}

/**
 * Loads the strategies of a package, as Node finds it from a folder.
 *
 * @throws {BadInputError} naming the package.
 */
export async function loadStrategyPackage(name: string, directory: string): Promise<Strategy[]> {
  return loadModule(packageSpecifier(name, directory), `package ${name}`);
}

/** The strategy that was found in a source before, loaded anew: in another thread. */
export async function loadStrategySource(source: StrategySource, id: string): Promise<Strategy> {
  if (source.kind === 'file') return loadStrategyFile(source.path);
  const strategies = await loadStrategyPackage(source.name, source.directory);
  const strategy = strategies.find((each) => each.id === id);
  if (strategy === undefined) throw new Error(`package ${source.name} no longer exports ${id}`);
  return strategy;
}

async function loadModule(specifier: string, place: string): Promise<Strategy[]> {
  registerStrategyHooks();
  let namespace: object;
  try {
    namespace = (await import(specifier)) as object;
  } catch (error) {
    // Rules that break our schema speak for themselves.
    const message =
      error instanceof Error && error.name === 'SettingsError'
        ? `${place}: ${error.message}`
        : `${place} must load without an error, threw ${await wordsOf(error, place)}. Correct it and try again.`;
    throw new BadInputError(message, { cause: error });
  }
  return exportedStrategies(namespace, place);
}

/**
 * The strategies that a module exports, each once, in the order of its exports.
 *
 * @param place the file or package, for messages.
 * @throws {BadInputError} when there is none; the message says what there is instead.
 */
export function exportedStrategies(namespace: object, place: string): Strategy[] {
  const exported = Object.entries(namespace);
  const strategies = exported.map(([, value]) => value as unknown).filter(isStrategy);
  if (strategies.length > 0) return [...new Set(strategies)];
  const rules = exported.find(([, value]) => isRules(value));
  if (rules !== undefined) {
    throw new BadInputError(
      `${place}: export ${rules[0]} must be made by defineStrategy, was the bare rules. ` +
        `Write "export const ${rules[0] === 'default' ? 'strategy' : rules[0]} = defineStrategy({ … })" with defineStrategy from 'strategy-loop/strategy'.`,
    );
  }
  const found = exported.map(([name, value]) => `${name} (${typeof value})`).join(', ');
  throw new BadInputError(
    `${place} must export a strategy, exported ${found || 'nothing'}. ` +
      `Write "export const myStrategy = defineStrategy({ … })" with defineStrategy from 'strategy-loop/strategy'.`,
  );
}

function isStrategy(value: unknown): value is Strategy {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['id', 'title', 'description', 'parameters', 'defaultParameters'].every(
      (key) => key in value,
    ) &&
    'bind' in value &&
    typeof value.bind === 'function'
  );
}

function isRules(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('decide' in value || 'prepare' in value);
}

/** Name and message of an error in one line, and the line of the author's file where it was thrown. */
async function wordsOf(error: unknown, place: string): Promise<string> {
  if (!(error instanceof Error)) return String(error);
  // The compiler draws the source beneath its message, in color.
  const isCompiler = error.stack?.includes('Syntax Error') === true;
  const isSyntax = isCompiler || error instanceof SyntaxError;
  const problem = isSyntax ? await syntaxProblem(place) : null;
  if (problem !== null) return `SyntaxError: ${problem}`;
  const at = error.stack
    ?.split('\n')
    .map((line) => /:(\d+(?::\d+)?)[)\]]?$/.exec(line.includes(place) ? line.trim() : '')?.[1])
    .find((found) => found !== undefined);
  const where = at === undefined ? '' : ` at ${place}:${at}`;
  const words = compilerWords(stripVTControlCharacters(error.message));
  // Node takes a .js file for CommonJS where no package.json says otherwise.
  const isScript = isSyntax && !isCompiler && place.endsWith('.js');
  const hint = isScript ? '; name it .mjs, or set "type": "module" in its package.json' : '';
  return `${isCompiler ? 'SyntaxError' : error.name}: ${words}${where}${hint}`;
}
