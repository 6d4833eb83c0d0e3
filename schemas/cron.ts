/** A field of a cron expression: its bounds, and the names that stand for numbers. */
interface CronField {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly names: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const FIELDS: readonly CronField[] = [
  { name: 'minute', low: 0, high: 59, names: [] },
  { name: 'hour', low: 0, high: 23, names: [] },
  { name: 'day of the month', low: 1, high: 31, names: [] },
  { name: 'month', low: 1, high: 12, names: MONTHS },
  // 0 and 7 are both Sunday.
  { name: 'weekday', low: 0, high: 7, names: WEEKDAYS },
];

/** Days of the longest February, and of the other months. */
const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const PART = /^(?:(\*)|(\w+)(?:-(\w+))?)(?:\/(\w+))?$/;

const SHAPE = 'five fields (minute hour day month weekday), such as "30 2 * * 2-6"';

/** What is wrong with one field, in half a sentence. */
class CronProblem extends Error {
  override readonly name = 'CronProblem';
}

/**
 * Why a cron expression cannot be taken: half a sentence that names the field, the value and the
 * rule. The server would take some of these and never start anything.
 *
 * @returns null when nothing is wrong with it.
 */
export function cronProblem(text: string): string | null {
  const texts = text.trim().split(/\s+/);
  if (text.trim() === '' || texts.length !== FIELDS.length) {
    const count = text.trim() === '' ? 0 : texts.length;
    return `must be ${SHAPE}, and has ${String(count)}`;
  }
  try {
    const values = FIELDS.map((field, index) => valuesOf(field, texts[index] ?? ''));
    const [, , days = new Set<number>(), months = new Set<number>()] = values;
    const isReal = [...months].some((month) =>
      [...days].some((day) => day <= (MONTH_DAYS[month - 1] ?? 0)),
    );
    if (isReal) return null;
    return `never happens: no month of "${texts[3] ?? ''}" has a day "${texts[2] ?? ''}"; choose a day that there is`;
  } catch (error) {
    if (error instanceof CronProblem) return error.message;
    throw error;
  }
}

/** The values at which a field holds. */
function valuesOf(field: CronField, text: string): Set<number> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const { from, to, by } = rangeOf(field, part);
    for (let value = from; value <= to; value += by) values.add(value);
  }
  return values;
}

/** The range that one part of a field stands for. */
function rangeOf(field: CronField, part: string): { from: number; to: number; by: number } {
  const [, star, first, last, step] = PART.exec(part) ?? [];
  const by = step === undefined ? 1 : stepOf(field, step);
  if (star !== undefined) return { from: field.low, to: field.high, by };
  if (first === undefined) {
    throw new CronProblem(
      `${field.name} must be *, a value, a range or a list of them, not "${part}"; write ${SHAPE}`,
    );
  }
  const from = valueOf(field, first);
  if (last === undefined) {
    // `5/15` means from 5 on, as `*/15` means from the lowest.
    return { from, to: step === undefined ? from : field.high, by };
  }
  const to = valueOf(field, last);
  if (from <= to) return { from, to, by };
  throw new CronProblem(
    `${field.name} "${part}" runs backwards; begin with the earlier value, or list them with commas`,
  );
}

function valueOf({ name, low, high, names }: CronField, text: string): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + low;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= low && value <= high) return value;
  const orName = names.length === 0 ? '' : ` or ${names[0] ?? ''} to ${names.at(-1) ?? ''}`;
  throw new CronProblem(
    `${name} must be from ${String(low)} to ${String(high)}${orName}, not ${text}`,
  );
}

function stepOf({ name, low, high }: CronField, text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= high - low) return value;
  throw new CronProblem(
    `the step of ${name} must be from 1 to ${String(high - low)}, not ${text}; for longer ones a settings file has \`every\``,
  );
}
