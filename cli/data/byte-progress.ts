import type { Output } from '../output.ts';

/** Files below this size are read before a bar could be looked at. */
const SHOWN_BYTES_MIN = 32 * 1024 * 1024;
const BAR_WIDTH = 20;
const DRAW_MS = 200;

/** How far the reading of one file has come. */
export interface ByteProgress {
  add(bytes: number): void;
  /** Takes the bar away. */
  end(): void;
}

/**
 * Shows how much of a big file has been read: a bar on a terminal, a line at each quarter
 * otherwise. Nothing is shown for a small file, or one of unknown size.
 */
export function byteProgress(name: string, size: number, output: Output): ByteProgress {
  if (size < SHOWN_BYTES_MIN) return { add: () => undefined, end: () => undefined };
  const isTerminal = process.stderr.isTTY;
  let done = 0;
  let toldQuarters = 0;
  let drawnAt = 0;
  const tell = (): void => {
    const quarters = Math.floor((done / size) * 4);
    if (quarters === toldQuarters) return;
    toldQuarters = quarters;
    output.note(`${name}: ${String(quarters * 25)} % read`);
  };
  const draw = (): void => {
    if (Date.now() - drawnAt < DRAW_MS) return;
    drawnAt = Date.now();
    const share = Math.min(done / size, 1);
    const filled = Math.round(share * BAR_WIDTH);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
    process.stderr.write(`\r${name} ${bar} ${String(Math.floor(share * 100))} %`);
  };
  return {
    add(bytes) {
      done += bytes;
      if (isTerminal) draw();
      else tell();
    },
    end() {
      if (isTerminal && drawnAt > 0) process.stderr.write('\r\x1b[K');
    },
  };
}
