/** One case: statements run raw, then guarded, then guarded once more, each on the same database, all taken back. */
import type pg from 'pg';
import { Body } from '../../packages/core/src/body/body.js';
import { isHoldfastError, MismatchError } from '../../packages/core/src/errors.js';
import { resolveOptions } from '../../packages/core/src/options.js';
import type { Session } from '../../packages/core/src/session.js';
import { pgSession } from '../../packages/core/src/session-pg.js';
import { rowsOf } from '../support/catalog.js';
import { wholeCatalog } from './fuzz-catalog.js';

export interface FuzzTally {
  valid: number;
  refused: number;
  /** What became of the statements a second time, by status or error. */
  readonly again: Map<string, number>;
}

export class Differs extends Error {}

export async function walk(client: pg.Client, statements: readonly string[], tally: FuzzTally): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query('SAVEPOINT here');
    const valid: string[] = [];
    for (const statement of statements) {
      if (await accepts(client, statement)) valid.push(statement);
    }
    tally.valid += valid.length;
    tally.refused += statements.length - valid.length;
    if (valid.length === 0) return;
    // Once more without those that were refused: a savepoint that is taken back leaves marks, such as numbers that were drawn.
    await client.query('ROLLBACK TO here');
    for (const statement of valid) await client.query(statement);
    const stock = await state(client);
    await client.query('ROLLBACK TO here');
    if (!(await runsGuarded(client, valid))) return;
    const left = await state(client);
    if (left === stock) return await secondTime(client, valid, stock, tally);
    await client.query('ROLLBACK TO here');
    if (!isDoubled(stock, left, await state(client))) compare('guarded', stock, left, valid);
  } finally {
    await client.query('ROLLBACK');
  }
}

/** False where it stops for what only the statements with each other tell. */
async function runsGuarded(client: pg.Client, valid: readonly string[]): Promise<boolean> {
  const first = guarded(client);
  try {
    for (const statement of valid) {
      const error = await first.run(statement);
      if (error === null) continue;
      // USING makes other values of a column whose type is the wanted one already: whether it has done so nothing tells, and it stops.
      if (error instanceof MismatchError && error.differences[0]?.path === 'values') return false;
      // A view over a temporary table is temporary, which its text does not say: it stops for what has the name elsewhere.
      if (error instanceof MismatchError && isView(statement) && valid.some(makesTemporary)) return false;
      // A key without a name, and another one has the name that it would get: somebody may have changed it.
      if (error instanceof MismatchError && error.hint.includes('give this one a name')) return false;
      throw new Differs(
        `raw it is accepted, guarded it is not: ${statement}\n${print(error)}\nOf:\n  ${valid.join(';\n  ')}`,
      );
    }
    return true;
  } finally {
    // Left on the connection, it would answer for all that come after it.
    first.end();
  }
}

/**
 * Does the guard leave out only constraints and indexes of which one that says the same was there before? Without a name it is taken for the new
 * one, since a second run finds it just so, and with a name for one that somebody has renamed: docs/reading-sql.md. NOT VALID is finished.
 */
function isDoubled(stock: string, left: string, before: string): boolean {
  const [wanted, there, earlier] = [stock, left, before].map((each) => each.split('\n')) as [
    string[],
    string[],
    string[],
  ];
  const meanings = new Set(earlier.map(withoutName));
  const missing = wanted.filter((line) => !there.includes(line));
  const more = there.filter(
    (line) => !wanted.includes(line) && !missing.includes(line.replace(' valid=t', ' NOT VALID valid=f')),
  );
  return more.length === 0 && missing.every((line) => meanings.has(withoutName(line)));
}

function withoutName(line: string): string {
  return line
    .replace(/(?: NOT VALID)? valid=[tf]$/, '')
    .replace(/^(constraint .*)\.[^.]*? (FOREIGN KEY|UNIQUE|CHECK|EXCLUDE) /, '$1 $2 ')
    .replace(/^relation .+ ([iI]) ([ptu]) /, 'relation $1 $2 ')
    .replace(/^(index CREATE (?:UNIQUE )?INDEX) .+? (ON (?:ONLY )?\S+ USING )/, '$1 $2');
}

const isView = (statement: string): boolean => /^CREATE (OR REPLACE )?VIEW\b/.test(statement);
const makesTemporary = (statement: string): boolean => /^CREATE TEMP/.test(statement);

async function accepts(client: pg.Client, statement: string): Promise<boolean> {
  await client.query('SAVEPOINT one');
  try {
    await client.query(statement);
    await client.query('RELEASE one');
    return true;
  } catch {
    await client.query('ROLLBACK TO one');
    return false;
  }
}

async function secondTime(client: pg.Client, valid: readonly string[], stock: string, tally: FuzzTally): Promise<void> {
  const second = guarded(client);
  await client.query('SAVEPOINT second');
  const failed = await firstFailure(second, valid);
  second.end();
  if (failed === null) {
    for (const status of second.statuses()) count(tally, status);
    return compare('a second time', stock, await state(client), valid);
  }
  const { statement, error } = failed;
  const { code } = error as { readonly code?: unknown };
  if (isHoldfastError(error)) {
    count(tally, error.code);
    if (valid.length === 1) compare('refused a second time', stock, await state(client), valid);
    return;
  }
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code))
    throw new Differs(`a second time it breaks: ${statement}\n${print(error)}`);
  count(tally, code);
}

async function firstFailure(
  body: Guarded,
  statements: readonly string[],
): Promise<{ readonly statement: string; readonly error: unknown } | null> {
  for (const statement of statements) {
    const error = await body.run(statement);
    if (error !== null) return { statement, error };
  }
  return null;
}

function count({ again }: FuzzTally, key: string): void {
  again.set(key, (again.get(key) ?? 0) + 1);
}

interface Guarded {
  run(statement: string): Promise<unknown>;
  statuses(): readonly string[];
  end(): void;
}

function guarded(client: pg.Client): Guarded {
  const body = new Body(pgSession(client) as unknown as Session, resolveOptions({}));
  const detach = body.attach(client);
  return {
    run: (statement) =>
      client.query(statement).then(
        () => null,
        (error: unknown) => error,
      ),
    statuses: () => body.report().outcomes.map(({ status, operation }) => `${operation}: ${status}`),
    end: detach,
  };
}

async function state(client: pg.Client): Promise<string> {
  return `${await wholeCatalog(client)}\n${(await rowsOf(client)).join('\n')}`;
}

function compare(when: string, stock: string, found: string, valid: readonly string[]): void {
  if (stock === found) return;
  const [before, after] = [stock.split('\n'), found.split('\n')];
  const lines = [
    ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
  ];
  throw new Differs(`${when}, it leaves something else:\n  ${valid.join(';\n  ')}\n${lines.join('\n')}`);
}

function print(error: unknown): string {
  return error instanceof Error
    ? `${String((error as { code?: unknown }).code)} ${error.stack ?? error.message}`
    : String(error);
}
