import { refuseUnfinished, today } from '../../cli/today.ts';
import { addSteps } from '../../schemas/window.ts';

const OPTION = { name: '--to', wayOut: 'choose an end by then' };

describe('refuseUnfinished', () => {
  it('takes a window that ends today, and refuses one that ends tomorrow', () => {
    const from = '2012-01-01';
    const now = today();
    const tomorrow = addSteps(now, { days: 1 }, 1);

    expect(() => {
      refuseUnfinished({ from, to: now }, OPTION);
    }).not.toThrow();
    expect(() => {
      refuseUnfinished({ from, to: tomorrow }, OPTION);
    }).toThrow(
      `--to: the window ${from} to ${tomorrow} is not over yet, today is ${now}; choose an end by then`,
    );
  });
});
