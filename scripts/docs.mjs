/**
 * Checks that every relative link in the Markdown files leads to a file of this repository, and to a heading that
 * exists there. With `--write` it first prints plans, messages and tables into the documentation: what its tests found.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './pnpm.mjs';

if (process.argv.includes('--write')) write();
const listed = ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'];
const files = execFileSync('git', listed, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);
const problems = files.flatMap(brokenLinks);
for (const problem of problems) console.error(problem);
console.log(`${files.length} Markdown files, ${problems.length} broken links`);
process.exitCode = problems.length === 0 ? 0 : 1;

function write() {
  const vitest = join(root, 'node_modules', '.bin', 'vitest');
  // One file after the other: two tests write docs/matrix.md.
  const { status } = spawnSync(vitest, ['run', '--project', 'db', '--no-file-parallelism', 'test/docs'], {
    cwd: root,
    env: { ...process.env, HOLDFAST_DOCS: 'write' },
    shell: process.platform === 'win32',
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** @param {string} file */
function brokenLinks(file) {
  const broken = [];
  for (const [, target = ''] of withoutCode(file).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [path = '', heading] = target.split('#');
    const full = path === '' ? join(root, file) : join(root, dirname(file), decodeURIComponent(path));
    const found = existsSync(full) && (heading === undefined || anchorsOf(full).has(heading));
    if (!found) broken.push(`${file}: ${target}`);
  }
  return broken;
}

/** @param {string} path */
function anchorsOf(path) {
  const headings = readFileSync(path, 'utf8').matchAll(/^#+ +(.+)$/gm);
  return new Set(
    [...headings].map(([, text = '']) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** @param {string} file */
function withoutCode(file) {
  return readFileSync(join(root, file), 'utf8')
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, '');
}
