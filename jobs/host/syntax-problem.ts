import { readFile } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';

/**
 * What breaks the syntax of a file, and where: `Unexpected token at path:2:52`. Node does not say in
 * which line a module breaks off, so the compiler is asked.
 *
 * @param path of JavaScript or TypeScript; anything else, and a file without a problem, is null.
 */
export async function syntaxProblem(path: string): Promise<string | null> {
  if (!/\.[cm]?[jt]s$/.test(path)) return null;
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  // Loaded on demand: most strategies need no compiler.
  const { transform } = await import('@swc/core');
  const syntax = path.endsWith('ts') ? 'typescript' : 'ecmascript';
  try {
    const jsc = { parser: { syntax }, target: 'es2022' } as const;
    await transform(text, { configFile: false, swcrc: false, jsc });
    return null;
  } catch (error) {
    const drawing = stripVTControlCharacters(
      error instanceof Error ? error.message : String(error),
    );
    const place = placeInDrawing(drawing);
    return `${compilerWords(drawing)} at ${path}${place === null ? '' : `:${place}`}`;
  }
}

/** The sentence above the compiler's drawing. */
export function compilerWords(drawing: string): string {
  const [first = ''] = drawing.trim().split('\n');
  return first.replace(/^[x×]\s+/u, '');
}

/**
 * The place that a drawing of the compiler points at, as `line:column` from 1; null when it points at
 * none. Its own `[2:1]` has the line in which the drawing begins, and no column.
 */
export function placeInDrawing(drawing: string): string | null {
  let line: { readonly number: string; readonly start: number } | null = null;
  for (const each of drawing.split('\n')) {
    const source = /^(\s*(\d+)\s[|│] )/u.exec(each);
    if (source !== null) {
      line = { number: source[2] ?? '', start: source[1]?.length ?? 0 };
      continue;
    }
    const mark = /^\s*[:·]\s+[\^─┬]/u.exec(each);
    if (line === null || mark === null) continue;
    return `${line.number}:${String(mark[0].length - line.start)}`;
  }
  return null;
}
