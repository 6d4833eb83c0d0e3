/** A price file as a feed delivers it, not yet read. */
export interface FeedFile {
  /** Name under which people know the file. */
  readonly name: string;
  readonly bytes: Buffer;
}
