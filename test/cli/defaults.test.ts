import { defaultLauncher } from '../../cli/defaults.ts';

describe('defaultLauncher', () => {
  const before = process.env['STRATEGY_LOOP_LAUNCHER'];

  afterEach(() => {
    if (before === undefined) delete process.env['STRATEGY_LOOP_LAUNCHER'];
    else process.env['STRATEGY_LOOP_LAUNCHER'] = before;
  });

  it('is the one that the environment names, and processes without one', () => {
    delete process.env['STRATEGY_LOOP_LAUNCHER'];
    expect(defaultLauncher()).toBe('process');

    process.env['STRATEGY_LOOP_LAUNCHER'] = 'nomad';
    expect(defaultLauncher()).toBe('nomad');
  });

  it('refuses one that is not there, and names those that are', () => {
    process.env['STRATEGY_LOOP_LAUNCHER'] = 'swarm';

    expect(defaultLauncher).toThrow(
      /STRATEGY_LOOP_LAUNCHER must be one of process, docker, .*"swarm"/,
    );
  });
});
