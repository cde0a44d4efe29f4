/**
 * Looks at the packages as their users get them: packs each one, lints the tarball (publint, "are the types wrong"),
 * then unpacks all of them into an empty project, loads every entry with `import` and with `require`, and compiles `test/register` there.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pnpm, root } from './pnpm.mjs';

const work = mkdtempSync(join(tmpdir(), 'holdfast-packages-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

/**
 * @typedef {{ name: string, exports: Record<string, unknown>, dependencies?: Record<string, string>, peerDependencies?: Record<string, string> }} Manifest
 * @type {(Manifest & { folder: string })[]}
 */
const manifests = [];
for (const folder of readdirSync(join(root, 'packages'))) {
  const source = join(root, 'packages', folder);
  const before = readdirSync(work);
  await pnpm(['pack', '--pack-destination', work], { cwd: source });
  const tarball = readdirSync(work).find((file) => file.endsWith('.tgz') && !before.includes(file));
  if (tarball === undefined) throw new Error(`packages/${folder}: nothing was packed`);
  console.log(`\n${tarball}`);
  const packed = join(work, tarball);
  tool('publint', ['run', packed, '--strict']);
  tool('attw', ['--quiet', packed]);
  manifests.push({ ...unpack(packed), folder: source });
}
loadEverything();
compileConsumer();
console.log(`\n${manifests.length} packages: tarballs are clean, every entry loads with import and require.`);

/**
 * @param {string} tarball
 * @returns {Manifest}
 */
function unpack(tarball) {
  const names = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' });
  for (const file of ['README.md', 'LICENSE']) {
    if (!names.includes(`package/${file}\n`)) throw new Error(`${tarball} has no ${file}`);
  }
  const manifest = JSON.parse(execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' }));
  const target = join(work, 'node_modules', manifest.name);
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
  return manifest;
}

/** In plain Node, outside of the workspace; of this repository only what the packages depend on is lent. */
function loadEverything() {
  /** @type {Map<string, string>} */
  const lent = new Map();
  for (const { dependencies = {}, peerDependencies = {}, folder } of manifests) {
    for (const peer of Object.keys(peerDependencies)) lent.set(peer, root);
    for (const name of Object.keys(dependencies)) if (!lent.has(name)) lent.set(name, folder);
  }
  for (const { name } of manifests) lent.delete(name);
  for (const [name, folder] of lent) {
    const link = join(work, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(folder, 'node_modules', name), link, 'junction');
  }
  for (const { name, exports } of manifests) {
    for (const entry of Object.keys(exports).filter((key) => key !== './package.json')) {
      const specifier = JSON.stringify(name + entry.slice(1));
      node(['--input-type=module', '-e', `await import(${specifier})`]);
      node(['--input-type=commonjs', '-e', `require(${specifier})`]);
    }
  }
}

/** What adds to the types of others works without skipLibCheck, in both kinds of modules. */
function compileConsumer() {
  symlinkSync(join(root, 'node_modules', '@types'), join(work, 'node_modules', '@types'), 'junction');
  for (const type of ['module', 'commonjs']) {
    const folder = join(work, type);
    cpSync(join(root, 'test', 'register'), folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type }));
    tool('tsc', ['-p', folder]);
  }
}

/** @param {string[]} args */
function node(args) {
  execFileSync(process.execPath, args, { cwd: work, stdio: 'inherit' });
}

/**
 * @param {string} name
 * @param {string[]} args
 */
function tool(name, args) {
  execFileSync(join(root, 'node_modules', '.bin', name), args, {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
}
