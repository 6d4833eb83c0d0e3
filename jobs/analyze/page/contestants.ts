import type { Contest } from '../../../schemas/jobs/analyze.ts';

/** The three that every report compares, in the order of its columns. */
export type Contestant = keyof Contest;

export const CONTESTANTS: readonly Contestant[] = ['loop', 'neverRetrained', 'buyAndHold'];

export const CONTESTANT_NAMES: Readonly<Record<Contestant, string>> = {
  loop: 'The loop',
  neverRetrained: 'Never retrained',
  buyAndHold: 'Buy and hold',
};
