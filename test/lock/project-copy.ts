/** Copies of the small projects, to be changed at will. */
import { randomBytes } from 'node:crypto';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Its folder, under the root: the copy finds its packages there. It goes with the test. */
export function copyOf(project: string): string {
  const folder = join(ROOT, 'node_modules/.cache', `holdfast-test-${randomBytes(6).toString('hex')}`);
  cpSync(join(ROOT, 'test/lock/projects', project), folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
