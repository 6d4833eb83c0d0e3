import { readFile } from 'node:fs/promises';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { CommandError } from './command-error.ts';

/**
 * Reads a JSON array of numbers, or an object that holds one under `name`.
 *
 * @throws {CommandError} naming the file, the place and the value when it holds something else.
 */
export async function readNumbers(path: string, name: string): Promise<readonly number[]> {
  const document = parse(await read(path, name), path, name);
  const values = isRecord(document) ? document[name] : document;
  if (!Array.isArray(values)) {
    throw refuse(
      `${path} must hold an array of numbers, or an object with one as "${name}", was ${shown(document)}`,
    );
  }
  const wrong = values.findIndex((value) => typeof value !== 'number' || !Number.isFinite(value));
  if (wrong !== -1) {
    throw refuse(
      `${path}: ${name}[${String(wrong)}] must be a finite number, was ${shown(values[wrong])}. ` +
        'Leave no gaps: a period without trading has a return of 0.',
    );
  }
  return values as number[];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function read(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw refuse(`--${name} must name a file that can be read, was ${path} (${code})`, error);
  }
}

function parse(text: string, path: string, name: string): unknown {
  try {
    // A byte-order mark is no part of JSON, and some programs write it.
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refuse(`${path} must be JSON: an array of ${name}. ${reason}`, error);
  }
}

function shown(value: unknown): string {
  // A number too large for float64 is read as Infinity, which JSON would show as null.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function refuse(message: string, cause?: unknown): CommandError {
  return new CommandError(CommandExitCode.BadInput, message, { cause });
}
