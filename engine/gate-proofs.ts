import type { GateCheck } from '../schemas/gate.ts';
import type { Proofs } from '../schemas/proofs.ts';

/** What each kind of leak says about a strategy. */
const LEAK_WORDS: Readonly<Record<string, string>> = {
  'truncated-future': 'decides otherwise without the bars after it',
  'scrambled-future': 'decides otherwise with other bars after it',
  'same-bar-fill': 'holds a position that depends on the bar that it is held over',
};

/**
 * The checks of a gate that are proofs about the challenger's code. Evidence without them fails: what
 * was not proved is not published.
 */
export function proofChecks(proofs: Proofs | undefined): GateCheck[] {
  if (proofs === undefined) {
    return [
      { name: 'proofs', passed: false, text: 'the evaluation proved nothing about the code' },
    ];
  }
  return [lookAheadCheck(proofs), warmUpCheck(proofs), parityCheck(proofs)];
}

function lookAheadCheck({ lookAhead: { bars, leaks } }: Proofs): GateCheck {
  const found = leaks.map(
    ({ kind, times, total }) =>
      `on ${String(total)} of ${String(bars)} held-out bars it ${LEAK_WORDS[kind] ?? kind}, first ${times.slice(0, 3).join(', ')}`,
  );
  const passed = leaks.length === 0;
  return {
    name: 'look-ahead',
    passed,
    text: passed
      ? `no look-ahead on any of ${String(bars)} held-out bars`
      : `the strategy looks ahead: ${found.join('; ')}`,
  };
}

function warmUpCheck({ warmUp: { starts, differing } }: Proofs): GateCheck {
  const passed = differing.length === 0;
  return {
    name: 'warm-up',
    passed,
    text: passed
      ? `${String(starts)} histories of just the warm-up decide like the whole one`
      : `the warm-up is too short: ${String(differing.length)} of ${String(starts)} histories of just the warm-up decide otherwise, first on ${differing[0] ?? ''}`,
  };
}

function parityCheck({ parity: { runs, differences } }: Proofs): GateCheck {
  const first = differences[0];
  const passed = first === undefined;
  return {
    name: 'parity',
    passed,
    text: passed
      ? `${String(runs.length)} runs decide like the engine, to the last byte`
      : `runs decide differently: ${first.run} has ${first.found ?? 'nothing'} where the engine has ${first.expected ?? 'nothing'} (${first.log} line ${String(first.line)})`,
  };
}
