import { inTurn } from '../../cli/in-turn.ts';
import { StackAlreadyRunningError } from '../../infra/local/stack-lock.ts';

const held = new StackAlreadyRunningError('/data', 7);

/** Calls a function of each step in turn, and the last one from then on. */
function steps<T>(...each: (() => T)[]): () => Promise<T> {
  let calls = 0;
  return () => {
    const step = each[Math.min(calls, each.length - 1)];
    calls += 1;
    return new Promise((resolve) => {
      if (step !== undefined) resolve(step());
    });
  };
}

function refuse(): never {
  throw held;
}

describe('inTurn', () => {
  it('uses the servers that run, and starts none', async () => {
    expect(
      await inTurn(
        steps(() => 'found'),
        steps<string>(refuse),
      ),
    ).toBe('found');
  });

  it('waits for a command that holds the directory, and starts servers after it', async () => {
    const start = steps<string>(refuse, refuse, () => 'started');

    expect(
      await inTurn(
        steps<string | null>(() => null),
        start,
      ),
    ).toBe('started');
  });

  it('joins the servers whose start it has waited for', async () => {
    const find = steps<string | null>(
      () => null,
      () => 'found',
    );

    expect(await inTurn(find, steps<string>(refuse))).toBe('found');
  });

  it('gives up in the end, and says who holds it', async () => {
    const never = inTurn(
      steps<string | null>(() => null),
      steps<string>(refuse),
      120,
    );

    await expect(never).rejects.toThrow('in use by process 7');
  });

  it('does not wait when the start fails for another reason', async () => {
    const start = steps<string>(
      () => {
        throw new Error('the disk is full');
      },
      () => 'started',
    );

    await expect(
      inTurn(
        steps<string | null>(() => null),
        start,
      ),
    ).rejects.toThrow('disk is full');
  });
});
