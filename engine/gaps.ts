/** A run of bars that were expected one after another and are all missing. */
export interface Gap {
  /** Open times of the first and of the last missing bar, in milliseconds since 1970. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** How many bars are missing, at least 1. */
  readonly missing: number;
}

/**
 * Compares bars with those that a calendar expects. Both come in the order of time and neither is
 * kept, so that memory grows with the gaps alone. A bar that nobody expected is no gap.
 */
export class GapFinder {
  readonly #expected: Iterator<number, unknown>;
  #next: number | null;
  #open: Gap | null = null;
  readonly #gaps: Gap[] = [];

  /** @param expected open times in milliseconds since 1970, strictly increasing. */
  constructor(expected: Iterable<number>) {
    this.#expected = expected[Symbol.iterator]();
    this.#next = this.#advance();
  }

  /** Takes the open time of the next bar that is there, in the order of time. */
  take(ms: number): void {
    while (this.#next !== null && this.#next < ms) this.#miss(this.#next);
    if (this.#next !== ms) return;
    this.#close();
    this.#next = this.#advance();
  }

  /** Ends the comparison: what is still expected is missing. @returns the gaps, oldest first. */
  end(): Gap[] {
    while (this.#next !== null) this.#miss(this.#next);
    this.#close();
    return this.#gaps;
  }

  #miss(ms: number): void {
    const open = this.#open ?? { firstMs: ms, lastMs: ms, missing: 0 };
    this.#open = { ...open, lastMs: ms, missing: open.missing + 1 };
    this.#next = this.#advance();
  }

  #close(): void {
    if (this.#open !== null) this.#gaps.push(this.#open);
    this.#open = null;
  }

  #advance(): number | null {
    const next = this.#expected.next();
    return next.done === true ? null : next.value;
  }
}
