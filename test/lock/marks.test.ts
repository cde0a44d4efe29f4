/** `holdfast mark-applied`, `run --anyway` and `baseline`, and what the guard makes of them on the next run. */
import { expect, test } from 'vitest';
import { run } from '../../packages/cli/src/run.js';
import {
  type Migrations,
  migrate as migrateWith,
  raw,
  rowsOf as rowsIn,
  stock as stockIn,
  useLocked,
} from './knex-migrations.js';

const MIGRATIONS: Migrations = {
  '1-users.js': raw('CREATE TABLE users (id int PRIMARY KEY, email text)'),
  '2-names.js': {
    ...raw(
      'ALTER TABLE users ADD name text',
      "INSERT INTO users VALUES (1, 'a@b.c', 'a')",
      'CREATE TABLE notes (note text)',
    ),
    config: { transaction: false },
  },
  '3-fill.js': {
    ...raw('ALTER TABLE users ADD age int', 'UPDATE users SET age = coalesce(age, 0) + 1'),
    config: { transaction: false },
  },
};
const NAMES = Object.keys(MIGRATIONS);

const locked = useLocked(MIGRATIONS);

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function holdfast(...args: readonly string[]): Promise<Ran> {
  const printed = { out: [] as string[], err: [] as string[] };
  const io = {
    out: (text: string) => void printed.out.push(text),
    err: (text: string) => void printed.err.push(text),
    env: { DATABASE_URL: locked.url() },
  };
  const code = await run([...args, '--lock-file', locked.lock().path], io);
  const text = (lines: readonly string[]): string => lines.join('\n').replaceAll(locked.lock().folder, '.');
  return { code, out: text(printed.out), err: text(printed.err) };
}

const migrate = (): Promise<void> => migrateWith(locked.url(), MIGRATIONS, locked.lock().path);
const stock = (...statements: readonly string[]): Promise<void> => stockIn(locked.url(), ...statements);
const rowsOf = (text: string): Promise<readonly unknown[]> => rowsIn(locked.url(), text);
const ledger = (): Promise<readonly unknown[]> => rowsOf('SELECT name FROM knex_migrations ORDER BY id');
const notes = (): Promise<readonly unknown[]> =>
  rowsOf("SELECT kind || ' ' || migration FROM holdfast_journal ORDER BY migration, seq");

const FIRST = 'CREATE TABLE users (id int PRIMARY KEY, email text)';
const SECOND = 'ALTER TABLE users ADD name text; CREATE TABLE notes (note text)';
const THIRD = 'ALTER TABLE users ADD age int';

test('mark-applied: a migration that was stopped is skipped from then on', async () => {
  await stock(FIRST, SECOND, THIRD);
  await expect(migrate()).rejects.toMatchObject({ code: 'HF_REFUSED', target: '3-fill.js' });
  expect(await ledger()).toEqual(NAMES.slice(0, 2));
  expect(await holdfast('mark-applied', '3-fill.js', '2-names.js')).toEqual({
    code: 0,
    out: 'Marked as done: 3-fill.js. The next run skips it.\nMarked before: 2-names.js.',
    err: '',
  });
  await migrate();
  expect(await ledger()).toEqual(NAMES);
  expect(await rowsOf('SELECT age FROM users')).toEqual([]);
});

test('mark-applied makes the table, and marks what the ledger has', async () => {
  await stock(
    FIRST,
    SECOND,
    'CREATE TABLE knex_migrations (name text)',
    "INSERT INTO knex_migrations VALUES ('1-users.js')",
  );
  expect(await holdfast('mark-applied', '2-names.js')).toMatchObject({
    code: 0,
    out: 'Made the table holdfast_journal, with a mark for each migration in knex_migrations: 1.\nMarked as done: 2-names.js. The next run skips it.',
  });
  expect(await notes()).toEqual(['listed 1-users.js', 'found 2-names.js']);
});

test('mark-applied refuses what the lock does not know, and a mark that would not hold', async () => {
  await stock(FIRST);
  const unknown = await holdfast('mark-applied', '2-names');
  expect(unknown.code).toBe(125);
  expect(unknown.err).toMatchInlineSnapshot(`
    "holdfast mark-applied: 2-names: ./holdfast.lock.json has no such migration; it has 2-names.js.
    Nothing was changed.
    Write the name as the ledger of the runner has it, or make the file anew:
      npx holdfast lock
    If it is to be marked all the same:
      npx holdfast mark-applied 2-names --force"
  `);
  const early = await holdfast('mark-applied', '2-names.js');
  expect(early.code).toBe(125);
  expect(early.err).toMatchInlineSnapshot(`
    "holdfast mark-applied: 2-names.js: the database is as before it: a mark would not hold, and the next run would carry it out.
    Nothing was changed.
    Let your runner carry it out. What is missing is told by:
      npx holdfast check"
  `);
  expect(await rowsOf("SELECT to_regclass('holdfast_journal')")).toEqual([null]);
  expect(await holdfast('mark-applied', 'other.js', '--force')).toMatchObject({ code: 0 });
  expect(await notes()).toEqual(['found other.js']);
  expect(await holdfast('mark-applied')).toMatchObject({ code: 2 });
});

test('run --anyway: each statement on the schema is judged, rows are written, and the note is gone', async () => {
  await stock(FIRST, 'ALTER TABLE users ADD name text');
  await expect(migrate()).rejects.toMatchObject({ code: 'HF_REFUSED', target: '2-names.js' });
  expect(await holdfast('run', '2-names.js', '--anyway')).toEqual({
    code: 0,
    out: 'Noted: the next run carries out 2-names.js where it would stop, its statements on rows included.',
    err: '',
  });
  expect(await notes()).toEqual(['found 1-users.js', 'anyway 2-names.js']);
  await migrate();
  expect(await ledger()).toEqual(NAMES);
  const [first = '', ...others] = NAMES;
  expect(await notes()).toEqual([`found ${first}`, ...others.map((name) => `done ${name}`)]);
  expect(await rowsOf('SELECT name, age FROM users')).toEqual(['a', 1]);
});

test('run --anyway: rows at the end run once, although the schema is there', async () => {
  await stock(FIRST, SECOND, THIRD, "INSERT INTO users VALUES (7, 'x', 'x', 5)");
  await expect(migrate()).rejects.toMatchObject({ code: 'HF_REFUSED', target: '3-fill.js' });
  await holdfast('run', '3-fill.js', '--anyway');
  await migrate();
  expect(await rowsOf('SELECT age FROM users')).toEqual([6]);
  await stock('DELETE FROM knex_migrations');
  await migrate();
  expect(await rowsOf('SELECT age FROM users')).toEqual([6]);
});

test('run --anyway: what is there and is something else stops still, and the note stays', async () => {
  await stock(FIRST, 'ALTER TABLE users ADD name integer');
  await expect(migrate()).rejects.toMatchObject({ code: 'HF_REFUSED' });
  await holdfast('run', '2-names.js', '--anyway');
  await expect(migrate()).rejects.toMatchObject({ code: 'HF_MISMATCH' });
  expect(await rowsOf('SELECT * FROM users')).toEqual([]);
  expect(await notes()).toContain('anyway 2-names.js');
});

test('run takes a mark that was wrong away, and wants --anyway and a known name', async () => {
  await stock(FIRST, SECOND);
  await holdfast('mark-applied', '2-names.js');
  expect(await holdfast('run', '2-names.js', '--anyway')).toMatchObject({
    code: 0,
    out: expect.stringContaining('The done-mark of 2-names.js is gone.') as string,
  });
  expect(await notes()).toEqual(['anyway 2-names.js']);
  expect(await holdfast('run', '2-names.js')).toMatchObject({ code: 2 });
  expect(await holdfast('run', 'x', '--anyway')).toMatchObject({ code: 125 });
});

test('baseline marks what the database proves, and the runner goes on from there', async () => {
  await stock(FIRST, SECOND, 'CREATE TABLE mine (id int)');
  const last = await holdfast('baseline');
  expect(last.code).toBe(1);
  expect(last.err).toMatchInlineSnapshot(`
    "holdfast baseline: 1 object is not as after 3-fill.js:
      missing    column public.users.age   (3-fill.js)
    Nothing was changed.
    Bring the database there, or name the migration that it is as after:
      npx holdfast baseline --at <migration>"
  `);
  expect(await rowsOf("SELECT to_regclass('holdfast_journal')")).toEqual([null]);
  expect(await holdfast('baseline', '--at', '2-names.js')).toMatchObject({
    code: 0,
    out: 'Made the table holdfast_journal.\nThe database is as after 2-names.js. Marked as done: 2 migrations.',
  });
  await migrate();
  expect(await ledger()).toEqual(NAMES);
  expect(await rowsOf('SELECT * FROM users')).toEqual([]);
  expect(await holdfast('baseline', '--at', 'x')).toMatchObject({ code: 2 });
});
