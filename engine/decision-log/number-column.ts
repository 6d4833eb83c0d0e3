const FIRST_CAPACITY = 64;

/** A column of float64 numbers that grows by doubling, so that a row makes no object. */
export class NumberColumn {
  length = 0;
  private buffer = new Float64Array(FIRST_CAPACITY);

  push(value: number): void {
    if (this.length === this.buffer.length) {
      const grown = new Float64Array(2 * this.buffer.length);
      grown.set(this.buffer);
      this.buffer = grown;
    }
    this.buffer[this.length] = value;
    this.length += 1;
  }

  /** What has been pushed so far, not copied. */
  get values(): Float64Array {
    return this.buffer.subarray(0, this.length);
  }
}
