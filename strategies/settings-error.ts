import type { z } from 'zod';
import { problemTexts } from '../schemas/problem-text.ts';
import { nearestName } from '../schemas/nearest-name.ts';

/** Parameters or trainer settings that break their schema. The message says what to change. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Parses parameters or trainer settings with the schema of their strategy.
 *
 * @param what names the value in messages, such as `parameters of rsi-macd`.
 * @throws {SettingsError} with every problem, and with the known names when one is unknown.
 */
export function parseSettings<T>(
  schema: z.ZodObject & z.ZodType<T>,
  value: unknown,
  what: string,
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) {
    return parsed.data;
  }
  const problems = problemTexts(parsed.error, value, what).join('; ');
  throw new SettingsError(`${what}: ${problems}${hintOf(parsed.error, Object.keys(schema.shape))}`);
}

/** What to write instead of the unknown names, if there are any. */
function hintOf(error: z.ZodError, known: readonly string[]): string {
  const unknown = error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : [],
  );
  if (unknown.length === 0) {
    return '';
  }
  const nearest = unknown.flatMap((name) => nearestName(name, known) ?? []);
  const question = nearest.length === 0 ? '' : ` Did you mean ${nearest.join(', ')}?`;
  return `. Known: ${known.join(', ') || 'none'}.${question}`;
}
