import { Bar } from '../../schemas/bar.ts';

const GOOD = { time: '2020-01-02', open: 10, high: 12, low: 9, close: 11, volume: 100 };

describe('Bar', () => {
  it('accepts a daily bar and a shorter one', () => {
    expect(Bar.parse(GOOD)).toEqual(GOOD);
    expect(Bar.safeParse({ ...GOOD, time: '2020-01-02T14:30:00Z' }).success).toBe(true);
  });

  it('accepts a bar without movement or volume', () => {
    const flat = { ...GOOD, open: 10, high: 10, low: 10, close: 10, volume: 0 };

    expect(Bar.safeParse(flat).success).toBe(true);
  });

  it.each([
    ['high below low', { high: 8 }],
    ['high below the close', { high: 10.5 }],
    ['low above the open', { low: 10.5 }],
    ['NaN', { close: Number.NaN }],
    ['an infinite price', { high: Number.POSITIVE_INFINITY }],
    ['a price of 0', { low: 0 }],
    ['a negative volume', { volume: -1 }],
    ['a price as text', { open: '10' }],
    ['an unknown key', { adjusted: 11 }],
    ['a day that does not exist', { time: '2020-02-30' }],
    ['a local time', { time: '2020-01-02T14:30:00' }],
    ['an offset other than UTC', { time: '2020-01-02T14:30:00+05:30' }],
  ])('refuses %s', (_, change) => {
    expect(Bar.safeParse({ ...GOOD, ...change }).success).toBe(false);
  });

  it.each(Object.keys(GOOD))('refuses a bar without %s', (key) => {
    const { [key]: _, ...rest } = GOOD as Record<string, unknown>;

    expect(Bar.safeParse(rest).success).toBe(false);
  });
});
