import { join } from 'node:path';
import { goInstall } from './go-install.ts';

/**
 * The newest version that `go install` can build; later ones replace a module by a local folder in
 * their go.mod, which Go refuses to install from elsewhere. Carries Temporal server 1.29.1.
 */
const MODULE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';

/**
 * Compiles the program with the Go toolchain of this machine: 2.5 minutes on 2 cores when nothing
 * was compiled before (measured 2026-11-21).
 *
 * @param scratch an empty directory.
 * @throws when Go is missing or too old, or the build fails.
 */
export async function compileTemporal(
  scratch: string,
  onProgress: (text: string) => void,
): Promise<string> {
  const title = 'the Temporal server';
  const program = { module: MODULE, goMinorMin: 25, title, duration: 'about three minutes' };
  await goInstall(program, scratch, onProgress);
  return join(scratch, 'temporal');
}
