import type { Fault } from './fault.ts';
import { JOB_FAULTS } from './job-faults.ts';
import { SERVER_FAULTS } from './server-faults.ts';
import { STORE_FAULTS } from './store-faults.ts';

/** Everything that is made to happen to a cycle. */
export const FAULTS: readonly Fault[] = [...SERVER_FAULTS, ...STORE_FAULTS, ...JOB_FAULTS];
