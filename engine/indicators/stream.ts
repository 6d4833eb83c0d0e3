import type { Bar } from '../../schemas/bar.ts';

/** What indicators read of a bar. */
export type PriceBar = Pick<Bar, 'high' | 'low' | 'close'>;

/** The same as columns, oldest first; a `BarSeries` is one. */
export interface PriceColumns {
  readonly length: number;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
}

/** All that an indicator remembers, as plain JSON. What it holds is the indicator's own business. */
export type IndicatorState = readonly (number | IndicatorState)[];

/** An indicator that is fed one input at a time: the same three verbs for all of them. */
export interface Stream<Input> {
  /** Takes the next input. @returns the value at it; NaN means exactly "not defined yet". */
  readonly next: (input: Input) => number;
  readonly snapshot: () => IndicatorState;
  /** Goes on from a snapshot of the same indicator with the same options, to the last bit. */
  readonly restore: (state: IndicatorState) => void;
}

export type NumberStream = Stream<number>;
export type BarStream = Stream<PriceBar>;

/** The last values of a series in a ring, oldest first. */
export class RecentValues {
  readonly #values: Float64Array;
  #seen = 0;

  constructor(count: number) {
    this.#values = new Float64Array(count);
  }

  push(value: number): void {
    this.#values[this.#seen % this.#values.length] = value;
    this.#seen += 1;
  }

  get isFull(): boolean {
    return this.#seen >= this.#values.length;
  }

  /** The value `age` pushes before the oldest kept one; only when full. */
  at(age: number): number {
    const count = this.#values.length;
    return this.#values[(this.#seen + age) % count] as number;
  }

  /** Adds the values in order of age, oldest first: the order of the whole-series forms. */
  sum(term: (value: number) => number): number {
    let total = 0;
    for (let age = 0; age < this.#values.length; age += 1) {
      total += term(this.at(age));
    }
    return total;
  }

  snapshot(): IndicatorState {
    return [this.#seen, ...this.#values];
  }

  restore(state: IndicatorState): void {
    const [seen, ...values] = state as readonly number[];
    this.#seen = seen ?? 0;
    this.#values.set(values);
  }
}

/** A stream of closes as a stream of bars. */
export function ofCloses(stream: NumberStream): BarStream {
  return { ...stream, next: (bar) => stream.next(bar.close) };
}
