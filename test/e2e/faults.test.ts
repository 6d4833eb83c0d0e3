import { FAULTS } from '../faults/all.ts';
import { caughtBy, runFault } from '../faults/fault.ts';
import { openStand } from '../faults/stand.ts';
import type { Stand } from '../faults/stand.ts';

/** The quick ones; `npm run faults` makes all of them happen. */
const QUICK = FAULTS.filter(({ isQuick }) => isQuick);

describe('a running cycle', () => {
  let stand: Stand;

  beforeAll(async () => {
    stand = await openStand(() => undefined);
  }, 120_000);

  afterAll(async () => {
    await stand.close();
  }, 60_000);

  it.each(QUICK.map((fault) => [fault.name, fault] as const))(
    'loses and doubles nothing when this happens: %s',
    async (_, fault) => {
      const verdict = await runFault(stand, fault, null);

      expect(verdict.problems).toEqual([]);
    },
    180_000,
  );

  it.each(QUICK.map((fault) => [`${fault.name}: ${fault.planted.text}`, fault] as const))(
    'would be found out at %s',
    async (_, fault) => {
      const verdict = await runFault(stand, fault, fault.planted.mistake);

      expect([verdict.problems, caughtBy(fault.planted, verdict)]).not.toContain(null);
    },
    180_000,
  );

  it('is told of every server that died and came back', () => {
    const lines = stand.supervision.join('\n');

    expect(lines).toMatch(/Postgres\) died; starting it again/);
    expect(lines).toMatch(/Postgres\) is up again/);
  });
});
