/** Small projects for `holdfast plan` and `holdfast doctor`, written by a test. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Files by their path in a new folder, which is gone after the test. Under the root: there the packages are found. */
export function makeProject(files: Readonly<Record<string, string>>): string {
  const folder = join(ROOT, 'node_modules/.cache', `holdfast-test-${randomBytes(6).toString('hex')}`);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFiles(folder, { 'package.json': '{ "type": "module" }', ...files });
  return folder;
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** A migration of Knex that sends these statements. */
export function knexMigration(statements: readonly string[], config = ''): string {
  const sent = statements.map((text) => `  await knex.raw(${JSON.stringify(text)});`).join('\n');
  return `export async function up(knex) {\n${sent}\n}\nexport async function down() {}\n${config}\n`;
}

/** One that TypeORM runs; its name ends with thirteen digits. */
export function typeormMigration(name: string, statements: readonly string[], more = ''): string {
  const sent = statements.map((text) => `    await queryRunner.query(${JSON.stringify(text)});`).join('\n');
  return `export class ${name} {\n${more}\n  async up(queryRunner) {\n${sent}\n  }\n  async down() {}\n}\n`;
}
