/** A price file as a feed delivers it, not yet read. */
export interface FeedFile {
  /** Name under which people know the file. */
  readonly name: string;
  /** SHA-256 that the bytes must have; a feed that may change has none. */
  readonly sha256?: string;
  /** What to do when they have another one. */
  readonly wayOut?: string;
  /** The bytes from the beginning to the end, a piece at a time; may be called once. */
  readonly chunks: () => AsyncIterable<Buffer>;
}
