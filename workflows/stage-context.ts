import type { CycleRef } from '../schemas/payload.ts';
import type { Rooms } from './activities.ts';
import type { OperatorDesk } from './operator.ts';

/** What a whole cycle works with. */
export interface CycleScope {
  readonly cycle: CycleRef;
  readonly rooms: Rooms;
  readonly desk: OperatorDesk;
}

/** What a stage works with. */
export interface StageContext extends Rooms {
  readonly cycle: CycleRef;
  /** Told which job the stage runs, so that its failure can be booked to it. */
  readonly onJob: (jobName: string) => void;
  /** Counts the tries of this stage from 1. */
  readonly stageAttempt: number;
}
