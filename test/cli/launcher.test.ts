import { requireImage } from '../../cli/options.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { LauncherKind } from '../../schemas/task-queue.ts';

const CLUSTER = {
  STRATEGY_LOOP_KUBERNETES_CLAIM: 'jobs',
  STRATEGY_LOOP_KUBERNETES_VOLUME: '/mnt/shared',
};

describe('requireImage', () => {
  afterEach(() => {
    for (const name of Object.keys(CLUSTER)) Reflect.deleteProperty(process.env, name);
  });

  it('asks nothing of jobs that run as processes', () => {
    expect(() => {
      requireImage({ launcher: LauncherKind.Process });
    }).not.toThrow();
  });

  it('refuses Docker without an image, with the way out', () => {
    expect(() => {
      requireImage({ launcher: LauncherKind.Docker });
    }).toThrow(/--launcher docker needs --image .*strategy-loop image build/);
  });

  it('names what of a cluster is missing, and where to read about it', () => {
    process.env['STRATEGY_LOOP_KUBERNETES_VOLUME'] = '/mnt/shared';
    const ask = (): void => {
      requireImage({ launcher: LauncherKind.Kubernetes, image: 'strategy-loop:dev' });
    };

    expect(ask).toThrow(/needs STRATEGY_LOOP_KUBERNETES_CLAIM: .*docs\/kubernetes\.md/);
    expect(ask).toThrow(expect.objectContaining({ exitCode: CommandExitCode.Usage }) as Error);
  });

  it('needs an image for a cluster, too', () => {
    Object.assign(process.env, CLUSTER);

    expect(() => {
      requireImage({ launcher: LauncherKind.Kubernetes });
    }).toThrow(/--launcher kubernetes needs --image/);
    expect(() => {
      requireImage({ launcher: LauncherKind.Kubernetes, image: 'strategy-loop:dev' });
    }).not.toThrow();
  });
});
