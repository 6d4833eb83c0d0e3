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
  throw new SettingsError(`${what}: ${problems}${hintOf(parsed.error, schema)}`);
}

/** What to write instead of the unknown names, if there are any. */
function hintOf(error: z.ZodError, schema: z.ZodObject): string {
  const hints = error.issues.map((issue) => {
    if (issue.code !== 'unrecognized_keys') return '';
    const known = namesAt(schema, issue.path);
    const nearest = issue.keys.flatMap((name) => nearestName(name, known) ?? []);
    const question = nearest.length === 0 ? '' : ` Did you mean ${nearest.join(', ')}?`;
    const where = issue.path.length === 0 ? '' : ` in ${issue.path.join('.')}`;
    return ` Known${where}: ${known.join(', ') || 'none'}.${question}`;
  });
  const text = hints.join('');
  return text === '' ? '' : `.${text}`;
}

/** The parts of a schema's definition that hold other schemas. */
interface Definition {
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly element?: Schema;
  readonly innerType?: Schema;
  readonly valueType?: Schema;
  readonly items?: readonly Schema[];
}

/** Any schema, also of another copy of zod: the file of a user may have its own. */
interface Schema {
  readonly _zod: { readonly def: unknown };
}

/** The names that an object may have, at a place within a value; none where no object is. */
function namesAt(schema: Schema, path: readonly PropertyKey[]): readonly string[] {
  const definition = schema._zod.def as Definition;
  if (definition.innerType !== undefined) return namesAt(definition.innerType, path);
  const [key, ...rest] = path;
  if (key === undefined) return Object.keys(definition.shape ?? {});
  const within =
    definition.shape?.[String(key)] ??
    definition.element ??
    definition.valueType ??
    definition.items?.[Number(key)];
  return within === undefined ? [] : namesAt(within, rest);
}
