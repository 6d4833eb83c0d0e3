import { INDICATORS, relativeStrengthIndex, simpleAverage } from '../../engine/index.ts';
import type { PriceColumns } from '../../engine/index.ts';
import { numbersOf } from '../../engine/indicators/numbers.ts';

/** A caller who writes JavaScript may hand over anything. */
const unchecked = (list: unknown): Float64Array => list as Float64Array;

describe('numbersOf', () => {
  it('takes floats as they are, and plain numbers with the same answer', () => {
    const floats = Float64Array.of(1, Number.NaN, 3);

    expect(numbersOf('close', floats)).toBe(floats);
    expect(numbersOf('close', unchecked([1, Number.NaN, 3]))).toEqual(floats);
    expect(numbersOf('close', unchecked(Float32Array.of(1, 2)))).toEqual(Float64Array.of(1, 2));
  });

  // eslint-disable-next-line no-sparse-arrays -- The hole is what is tested.
  const holes = [1, , 3];
  it.each<[string, unknown, string]>([
    ['a text', [1, '2', 3], 'close[1] must be a number, was "2"'],
    ['nothing', [1, 2, undefined], 'close[2] must be a number, was undefined'],
    ['null', [null], 'close[0] must be a number, was null'],
    ['a hole', holes, 'close[1] must be a number, was missing'],
    ['an object', [{}], 'close[0] must be a number, was an object'],
    ['big integers', BigInt64Array.of(7n), 'close[0] must be a number, was 7'],
    ['no list', 'abc', 'close must be a list of numbers, was "abc"'],
    ['nothing at all', undefined, 'close must be a list of numbers, was undefined'],
  ])('refuses %s, by index and value', (_, list, message) => {
    expect(() => numbersOf('close', unchecked(list))).toThrow(new TypeError(message));
  });
});

describe('indicators', () => {
  it('over a column refuse what is no number in it', () => {
    const texts = unchecked(['1', '2', '3', '4']);

    expect(() => simpleAverage(texts, 2)).toThrow('values[0] must be a number, was "1"');
    expect(() => relativeStrengthIndex(texts, 2)).toThrow('close[0] must be a number, was "1"');
  });

  const options = { fast: 2, slow: 3, signal: 2, period: 2, width: 2 };
  it.each(Object.entries(INDICATORS))(
    '%s refuses it in whichever column it reads',
    (name, make) => {
      const wrong = unchecked([1, 2, '3', 4]);
      const columns = { length: 4, high: wrong, low: wrong, close: wrong } as PriceColumns;
      const isOfSeveral = /macd|bollinger/.test(name);
      const indicator = (make as (given: unknown) => ReturnType<typeof INDICATORS.rsi>)(
        isOfSeveral ? options : 2,
      );

      expect(() => indicator.overSeries(columns)).toThrow(
        /^(close|high|low|values)\[2\] must be a number, was "3"$/,
      );
    },
  );
});
