import { isAscii, isUtf8 } from 'node:buffer';

/** Longest line, in bytes without its end. */
export const LINE_BYTES_MAX = 1_000_000;

const LF = 0x0a;
const CR = 0x0d;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** A physical line without its end, or why it cannot be read as one. */
export type Line =
  | { readonly kind: 'text'; readonly number: number; readonly text: string }
  | { readonly kind: 'too-long'; readonly number: number }
  | { readonly kind: 'encoding'; readonly number: number };

/**
 * Cuts a stream of bytes into physical lines, ended by LF or CRLF. It keeps at most one line, so
 * its memory is bounded by the longest line that is allowed, whatever the size of the file.
 */
export class LineSplitter {
  /** Lines handed out so far. */
  private count = 0;
  private pending: Buffer[] = [];
  private pendingBytes = 0;

  /** @returns the lines that this chunk completes; after one that is not text, nothing more. */
  *push(chunk: Buffer): Generator<Line> {
    let start = 0;
    while (start < chunk.length) {
      const at = chunk.indexOf(LF, start);
      const end = at === -1 ? chunk.length : at;
      this.pendingBytes += end - start;
      if (this.pendingBytes > LINE_BYTES_MAX + 1) {
        yield { kind: 'too-long', number: this.count + 1 };
        return;
      }
      this.pending.push(chunk.subarray(start, end));
      if (at === -1) {
        return;
      }
      yield this.take();
      start = at + 1;
    }
  }

  /** @returns the last line when the file does not end in a line end. */
  *end(): Generator<Line> {
    if (this.pendingBytes > 0) {
      yield this.take();
    }
  }

  private take(): Line {
    const bytes = this.pending.length === 1 ? this.pending[0] : Buffer.concat(this.pending);
    this.pending = [];
    this.pendingBytes = 0;
    this.count += 1;
    return readLine(bytes ?? Buffer.alloc(0), this.count);
  }
}

/** Decodes strictly: a byte that is not UTF-8, or a NUL, is never replaced by something else. */
function readLine(bytes: Buffer, number: number): Line {
  const hasBom = number === 1 && bytes.subarray(0, BOM.length).equals(BOM);
  const end = bytes.at(-1) === CR ? bytes.length - 1 : bytes.length;
  const content = bytes.subarray(hasBom ? BOM.length : 0, end);
  if (content.length > LINE_BYTES_MAX) {
    return { kind: 'too-long', number };
  }
  if (content.includes(0) || !isUtf8(content)) {
    return { kind: 'encoding', number };
  }
  const text = isAscii(content) ? content.toString('latin1') : content.toString('utf8');
  return { kind: 'text', number, text };
}
