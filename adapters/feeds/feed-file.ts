/** A price file as a feed delivers it, not yet read. */
export interface FeedFile {
  /** Name under which people know the file. */
  readonly name: string;
  /** The bytes from the beginning to the end, a piece at a time; may be called once. */
  readonly chunks: () => AsyncIterable<Buffer>;
}
