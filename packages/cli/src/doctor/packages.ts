/** Versions of the drivers and of this package, as the project finds them. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Check, ok, type ProjectSubject } from './check.js';

interface Package {
  readonly name: string;
  readonly version: string;
  /** Without links. */
  readonly folder: string;
}

const HERE = fileURLToPath(import.meta.url);
/** The oldest that is supported; of several lines the oldest of each. */
const OLDEST: Readonly<Record<string, readonly string[]>> = {
  pg: ['8.11.0'],
  knex: ['3.0.0'],
  typeorm: ['0.3.20', '1.0.0'],
};

export const packages: Check<ProjectSubject> = {
  name: 'packages',
  look({ found: { config, tool } }) {
    const names = ['pg', tool, `@holdfast/${tool}`];
    const found = names.map((name) => ({ name, is: findPackage(config, name) }));
    const findings = found.flatMap(({ name, is }) => judge(name, is));
    const copies = findCopies(config, tool);
    const list = found.flatMap(({ is }) => (is === null ? [] : [`${is.name} ${is.version}`])).join(', ');
    const all = [...findings, ...copies];
    return Promise.resolve(all.length > 0 ? all : [ok(`${list}, one @holdfast/core.`)]);
  },
};

function judge(name: string, is: Package | null): readonly ReturnType<typeof ok>[] {
  if (is === null) return [{ level: 'problem', found: `${name} is not installed here.`, cure: `npm install ${name}` }];
  const lines = OLDEST[name];
  if (lines === undefined) return [];
  const major = is.version.split('.')[0];
  const oldest = lines.find((line) => line.split('.')[0] === major);
  if (oldest !== undefined && !isOlder(is.version, oldest)) return [];
  const found = `${name} ${is.version} is not supported: ${lines.map((line) => `${line} or later of ${line.split('.')[0]}`).join(', ')} are.`;
  return [{ level: 'problem', found, cure: `npm install ${name}@^${lines.at(-1)}` }];
}

/** The command and the adapter each bring the core: of one version they share what must be shared, of two they need not. */
function findCopies(config: string, tool: string): readonly ReturnType<typeof ok>[] {
  const adapter = findPackage(config, `@holdfast/${tool}`);
  const seekers = [config, HERE, ...(adapter === null ? [] : [join(adapter.folder, 'package.json')])];
  const cores = seekers.map((from) => findPackage(from, '@holdfast/core')).filter((each) => each !== null);
  const copies = [...new Map(cores.map((core) => [core.folder, core])).values()];
  if (copies.length < 2) return [];
  const versions = new Set(copies.map(({ version }) => version));
  const list = copies.map(({ version, folder }) => `  ${version}  ${folder}`).join('\n');
  return [
    {
      level: versions.size > 1 ? 'problem' : 'warning',
      found: `there are ${copies.length} copies of @holdfast/core:\n${list}`,
      cure: `npm ls @holdfast/core\nnpm install @holdfast/cli@latest @holdfast/${tool}@latest && npm dedupe`,
    },
  ];
}

/** As a file at `from` would get it; null where it is not installed. */
function findPackage(from: string, name: string): Package | null {
  let entry: string;
  try {
    entry = createRequire(from).resolve(name);
  } catch {
    return null; // whatever keeps it from being resolved, it cannot be loaded
  }
  for (let folder = dirname(realpathSync(entry)); dirname(folder) !== folder; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (!existsSync(manifest)) continue;
    const { name: own, version } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string; version?: string };
    if (own === name && version !== undefined) return { name, version, folder };
  }
  return null;
}

function isOlder(version: string, than: string): boolean {
  const numbers = (text: string): number[] => text.split(/[.-]/).map(Number);
  const [a, b] = [numbers(version), numbers(than)];
  const at = b.findIndex((number, i) => a[i] !== number);
  return at !== -1 && (a[at] ?? 0) < (b[at] ?? 0);
}
