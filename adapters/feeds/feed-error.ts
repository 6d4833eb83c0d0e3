/** The feed answered, and what it answered is not what was asked for: trying again would not help. */
export class FeedRefusedError extends Error {
  override readonly name = 'FeedRefusedError';
}

/** The feed could not be read this time; it may answer later. */
export class FeedUnavailableError extends Error {
  override readonly name = 'FeedUnavailableError';
}
