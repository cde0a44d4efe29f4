/** The command writes the file where the guard of the project looks for it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { knexMigration, makeProject, typeormMigration, writeFiles } from '../plan/project.js';
import { holdfast } from '../support/program.js';

const at = (folder: string, places: readonly string[]): readonly string[] =>
  places.filter((place) => existsSync(join(folder, place, 'holdfast.lock.json')));

describe('knex', () => {
  const knexfile = (options: string): string => `import { GuardedMigrationSource } from '@holdfast/knex';
const migrationSource = new GuardedMigrationSource({ directory: ['./first', './second'], ${options} });
export default { client: 'pg', connection: '', migrations: { migrationSource } };
`;

  test('the first folder that is listed, and the file that is there already', async () => {
    const folder = makeProject({
      'knexfile.mjs': knexfile(''),
      'first/1.js': knexMigration(['CREATE TABLE a (id int)']),
      'second/2.js': knexMigration(['CREATE TABLE b (id int)']),
    });
    expect(await holdfast(folder, ['lock'])).toMatchObject({ code: 0 });
    expect(at(folder, ['first', 'second', '.'])).toEqual(['first']);
    writeFiles(folder, { 'second/3.js': knexMigration(['CREATE TABLE c (id int)']) });
    expect((await holdfast(folder, ['lock'])).out).toContain('first/holdfast.lock.json: 3 migrations');
    expect(at(folder, ['first', 'second', '.'])).toEqual(['first']);
  });

  test('the one that the source names', async () => {
    const folder = makeProject({
      'knexfile.mjs': knexfile("lockFile: './db/schema.lock.json'"),
      'db/README.md': '',
      'first/1.js': knexMigration(['CREATE TABLE a (id int)']),
      'second/2.js': knexMigration(['CREATE TABLE b (id int)']),
    });
    expect((await holdfast(folder, ['lock'])).out).toContain('db/schema.lock.json: 2 migrations');
    expect(existsSync(join(folder, 'db/schema.lock.json'))).toBe(true);
  });
});

test('typeorm: classes in a list', async () => {
  const folder = makeProject({
    'src/data-source.js': `import { guardedDataSource } from '@holdfast/typeorm';
import { DataSource } from 'typeorm';
${typeormMigration('Users1700000000001', ['CREATE TABLE users (id int)'])}
export default guardedDataSource(new DataSource({ type: 'postgres', migrations: [Users1700000000001] }));
`,
  });
  const { code, out } = await holdfast(folder, ['lock', '--data-source', 'src/data-source.js']);
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/^holdfast\.lock\.json: 1 migration/) });
  expect(at(folder, ['.', 'src'])).toEqual(['.']);
});

test('typeorm: module.exports is the class, and the data source', async () => {
  const folder = makeProject({
    'data-source.cjs': `const { DataSource } = require('typeorm');
module.exports = new DataSource({ type: 'postgres', migrations: [__dirname + '/migrations/*.cjs'] });
`,
    'migrations/1.cjs': `module.exports = class Users1700000000001 {
  up(queryRunner) { return queryRunner.query('CREATE TABLE users (id int)'); }
  down() {}
};
`,
    'migrations/2.cjs': `exports.Teams1700000000002 = class Teams1700000000002 {
  up(queryRunner) { return queryRunner.query('CREATE TABLE teams (id int)'); }
  down() {}
};
`,
  });
  const { code, out, err } = await holdfast(folder, ['lock', '--data-source', 'data-source.cjs']);
  expect({ code, out, err }).toMatchObject({
    code: 0,
    out: expect.stringContaining('migrations/holdfast.lock.json: 2 migrations'),
  });
});
