/** Names that Holdfast makes up: the same for the same input, and never cut by the server. */
import { createHash } from 'node:crypto';
import { truncateName } from '../sql.js';

/** The name itself when it fits into 63 bytes; else its beginning and eight characters of its hash. */
export function shortName(name: string): string {
  if (truncateName(name) === name) return name;
  const hash = createHash('sha1').update(name).digest('hex').slice(0, 8);
  let head = name;
  while (Buffer.byteLength(head) > 54) head = [...head].slice(0, -1).join('');
  return `${head}_${hash}`;
}

/** PostgreSQL's own pattern (`users_email_idx`, `users_email_key`, `users_org_id_fkey`, `users_pkey`), cut to fit by a hash instead of a number. */
export function defaultName(
  table: string,
  columns: readonly string[],
  suffix: 'idx' | 'key' | 'pkey' | 'fkey' | 'check' | 'excl',
): string {
  return shortName([table, ...columns, suffix].join('_'));
}

/**
 * The name that the server gives to a constraint or an index without one: `users_email_key`. Where it does not fit, the longer of table and
 * columns is cut first (makeObjectName in PostgreSQL's indexcmds.c). What `isTaken` gets a number.
 */
export function serverName(
  table: string,
  columns: readonly string[],
  suffix: 'idx' | 'pkey' | 'key' | 'fkey' | 'check',
  isTaken: (name: string, number: number) => boolean,
): string {
  for (let number = 0; ; number += 1) {
    const tail = `_${suffix}${number === 0 ? '' : number}`;
    const name = squeeze(truncateName(table), columns.map(truncateName).join('_'), tail);
    if (!isTaken(name, number)) return name;
  }
}

/**
 * Which of the constraints that are there is the wanted one. By default what has its name, and what says the same under another one. `name`: a
 * statement that gives a name makes another one. `meaning`: a statement that gives none gets one from the server, past those that are taken.
 */
export type KnownBy = 'name' | 'meaning';

/** The columns of an index as the server calls them: what comes again gets a number (ChooseIndexColumnNames in indexcmds.c). */
export function indexColumnNames(columns: readonly string[]): readonly string[] {
  const names: string[] = [];
  for (const column of columns.map(truncateName)) {
    let name = column;
    for (let number = 1; names.includes(name); number += 1) name = `${cut(column, 63 - `${number}`.length)}${number}`;
    names.push(name);
  }
  return names;
}

function squeeze(table: string, columns: string, tail: string): string {
  const available = 63 - Buffer.byteLength(tail) - (columns === '' ? 0 : 1);
  let [first, second] = [Buffer.byteLength(table), Buffer.byteLength(columns)];
  while (first + second > available) {
    if (first > second) first -= 1;
    else second -= 1;
  }
  return `${cut(table, first)}${columns === '' ? '' : `_${cut(columns, second)}`}${tail}`;
}

/** Whole characters of at most so many bytes. */
function cut(text: string, bytes: number): string {
  let kept = '';
  for (const character of text) {
    if (Buffer.byteLength(kept + character) > bytes) break;
    kept += character;
  }
  return kept;
}
