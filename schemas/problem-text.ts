import type { z } from 'zod';
import { shownText } from './feed-hosts.ts';

type Issue = z.core.$ZodIssue;

/**
 * Turns what zod found into one sentence a problem: the field, the rule and the value that broke
 * it. Lower-case and without a full stop, so that callers can join them.
 *
 * @param input the value that was parsed; zod's issues do not carry it.
 * @param root name of the whole value, used where the value itself is at fault.
 */
export function problemTexts(error: z.ZodError, input: unknown, root = 'input'): string[] {
  return error.issues.map((issue) => {
    const field = issue.path.length === 0 ? root : issue.path.map(String).join('.');
    return textOf(issue, field, valueAt(input, issue.path));
  });
}

function textOf(issue: Issue, field: string, value: unknown): string {
  const was = value === undefined ? 'was missing' : `was ${shown(value)}`;
  switch (issue.code) {
    case 'unrecognized_keys':
      return unknownFields(issue.keys, issue.path.length === 0 ? '' : ` in ${field}`);
    case 'invalid_type':
      // A schema may say in words of its own what it takes.
      return issue.message.startsWith('must ')
        ? `${field}: ${issue.message}, ${was}`
        : `${field} must be of type ${issue.expected}, ${was}`;
    case 'too_small':
      return `${field} must be ${strictly('>', issue)} ${String(issue.minimum)}, ${was}`;
    case 'too_big':
      return `${field} must be ${strictly('<', issue)} ${String(issue.maximum)}, ${was}`;
    case 'invalid_value':
      return `${field} must be one of ${issue.values.map(String).join(', ')}, ${was}`;
    case 'invalid_key':
      return `${field}: its name ${messagesOf(issue.issues)}`;
    case 'invalid_union':
      return `${field}: ${unionRule(issue)}, ${was}`;
    default:
      return `${field}${ruleOf(issue)}, ${was}`;
  }
}

/** A union may say in words of its own what it takes; otherwise each of its members does. */
function unionRule({ message, errors }: z.core.$ZodIssueInvalidUnion): string {
  return message.startsWith('must ') ? message : messagesOf(errors.flat()) || message;
}

function ruleOf(issue: Issue): string {
  const isDay = issue.code === 'invalid_format' && issue.format === 'date';
  return isDay ? ' must be a day that exists, as YYYY-MM-DD' : `: ${issue.message}`;
}

function strictly(
  sign: string,
  { inclusive }: { readonly inclusive?: boolean | undefined },
): string {
  return inclusive === false ? sign : `${sign}=`;
}

/** Messages of the issues within an issue, each once. */
function messagesOf(issues: readonly { readonly message: string }[]): string {
  return [...new Set(issues.map((issue) => issue.message))].join(', or ');
}

function unknownFields(keys: readonly string[], where: string): string {
  return `unknown field${keys.length > 1 ? 's' : ''} ${keys.join(', ')}${where}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) {
      return undefined;
    }
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** A value as a message may show it: JSON without secrets of addresses, cut to 80 characters; NaN and infinities by name. */
export function shown(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : jsonOf(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value, (_key, part: unknown) =>
      typeof part === 'string' ? shownText(part) : part,
    );
  } catch {
    // An alias in YAML may name what it stands in.
    return 'a value that contains itself';
  }
}
