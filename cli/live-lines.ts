/** Lines at the end of a terminal that are drawn again and again, such as bars. */
let drawn = 0;

/** Draws the lines over those that were drawn before. */
export function drawLines(lines: readonly string[]): void {
  process.stderr.write(above() + lines.map((line) => `\u001b[2K${line}\n`).join(''));
  drawn = lines.length;
}

/** Takes the lines away, so that a remark can be printed where they were; they are drawn below it. */
export function clearLines(): void {
  if (drawn === 0) return;
  process.stderr.write(`${above()}\u001b[J`);
  drawn = 0;
}

function above(): string {
  return drawn > 0 ? `\u001b[${String(drawn)}A` : '';
}
