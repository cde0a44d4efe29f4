/** Is `holdfast.lock.json` there, and does it know the migrations as they are? By names and hashes; `holdfast lock --check` replays. */
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { parseSchemaLock } from '@holdfast/core';
import { compareFiles, describeFinding } from '../lock/compare.js';
import { listedInitial } from '../lock/initial-schema.js';
import { type Check, count, ok, type ProjectSubject } from './check.js';

const CURE = 'npx holdfast lock';

export const lockFile: Check<ProjectSubject> = {
  name: 'lock file',
  look({ project, lockFile: path }) {
    return Promise.resolve([existsSync(path) ? compare(project, path) : missing(path)]);
  },
};

function missing(path: string): ReturnType<typeof ok> {
  const found = `there is no ${relative('', path)}: each statement is judged by itself, and where a migration stands nothing tells.`;
  return { level: 'warning', found, cure: CURE };
}

function compare({ migrations, tool, ignoreTables }: ProjectSubject['project'], path: string): ReturnType<typeof ok> {
  const lock = parseSchemaLock(readFileSync(path, 'utf8'), path);
  const listed = migrations.map(({ name, hash }) => ({
    name,
    hash,
    catalog: {},
    touched: [],
    needs: [],
    rows: 'none' as const,
    tail: false,
  }));
  const initial = listedInitial({ operation: 'holdfast doctor', given: null, lockPath: path });
  const findings = compareFiles(lock, { version: 1, tool, ignoreTables, ...initial, migrations: listed });
  if (findings.length === 0) return ok(`${relative('', path)} knows ${count(migrations.length, 'migration')}.`);
  const lines = findings.map((finding) => `  ${describeFinding(finding)}`).join('\n');
  return { level: 'problem', found: `${relative('', path)} is not up to date:\n${lines}`, cure: CURE };
}
