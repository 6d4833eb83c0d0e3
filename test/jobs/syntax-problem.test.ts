import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { placeInDrawing, syntaxProblem } from '../../jobs/host/syntax-problem.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

describe('syntaxProblem', () => {
  it.each([
    ['a.ts', 'export const a: number = 1;\nexport const b = { c, ;\n', '2:23'],
    ['a.js', "import 'x';\nexport const a = 'abc\n", '2:18'],
    ['a.mjs', 'const a = 1;\n\n  const a = ;\n', '3:13'],
  ])('names line and column in %s', async (name, text, place) => {
    const path = join(await scratchDirectory('syntax'), name);
    await writeFile(path, text);

    const problem = await syntaxProblem(path);

    expect(problem?.endsWith(` at ${path}:${place}`)).toBe(true);
    expect(problem).toMatch(/^[A-Z][^\n]+$/);
  });

  it('is null for a file without one, and for what is no file of code', async () => {
    const path = join(await scratchDirectory('syntax'), 'fine.ts');
    await writeFile(path, 'export const a: number = 1;\n');

    expect(await syntaxProblem(path)).toBeNull();
    expect(await syntaxProblem('package our-strategies')).toBeNull();
    expect(await syntaxProblem('/nowhere/gone.ts')).toBeNull();
  });
});

describe('placeInDrawing', () => {
  it('reads both alphabets in which the compiler draws', () => {
    const drawing = '  × Unexpected\n   ╭─[x.ts:1:1]\n 1 │ ok\n 2 │ a = ;\n   ·     ┬\n   ╰────';

    expect(placeInDrawing(drawing)).toBe('2:5');
    expect(placeInDrawing('  x Unexpected end of file')).toBeNull();
  });
});
