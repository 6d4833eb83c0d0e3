import type { PriceColumns } from './stream.ts';

/**
 * The numbers that an indicator is asked for. JavaScript has no compiler that stops a list of texts, or
 * one with holes: an indicator over those would answer NaN, or join texts. A `Float64Array` holds
 * nothing but numbers and is taken as it is, so that only other lists cost a look at each value.
 *
 * @param name what the caller calls the list, such as `close`.
 * @throws {TypeError} naming the first value that is not a number.
 */
export function numbersOf(name: string, values: Float64Array): Float64Array {
  if (isFloats(values)) return values;
  const list: unknown = values;
  if (!Array.isArray(list) && !(ArrayBuffer.isView(list) && 'length' in list)) {
    throw new TypeError(`${name} must be a list of numbers, was ${shown(list)}`);
  }
  const unchecked = list as readonly unknown[];
  const numbers = new Float64Array(unchecked.length);
  for (let index = 0; index < unchecked.length; index += 1) {
    const value = unchecked[index];
    if (typeof value !== 'number') {
      const was = index in unchecked ? shown(value) : 'missing';
      throw new TypeError(`${name}[${String(index)}] must be a number, was ${was}`);
    }
    numbers[index] = value;
  }
  return numbers;
}

/**
 * The same for the columns of bars.
 *
 * @throws {TypeError} naming the column, and the first value in it that is not a number.
 */
export function numberColumns(columns: PriceColumns): PriceColumns {
  const { length, high, low, close } = columns;
  if (isFloats(high) && isFloats(low) && isFloats(close)) return columns;
  return {
    length,
    high: numbersOf('high', high),
    low: numbersOf('low', low),
    close: numbersOf('close', close),
  };
}

/** By its tag, and not its class: another realm has a class of its own. */
function isFloats(values: Float64Array | undefined): boolean {
  return values?.[Symbol.toStringTag] === 'Float64Array';
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
