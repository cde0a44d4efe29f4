/** Is it true what an error says stands in the database? */
import { loadModule, parseSync } from 'libpg-query';
import { NOTHING_CHANGED } from '../../packages/core/src/errors.js';
import type { State } from './state.js';

export interface Evidence {
  readonly left: string;
  readonly before: State;
  readonly found: State;
  /** Rows that hold the new value now; null where the operation changes none. */
  readonly changedRows: number | null;
  /** The connection broke: an answer of the server, such as that of COMMIT, may have been lost on the way. */
  readonly lost: boolean;
  /** Applies statements to a copy of the database as it was before, and answers its state. */
  replay(statements: readonly string[]): Promise<State>;
}

/** Sentences that the database contradicts; empty when all is true. */
export async function contradictions(evidence: Evidence): Promise<readonly string[]> {
  const { left, before, found, lost } = evidence;
  const lines = left.split('\n');
  const wrong: string[] = [];
  const said = (part: string): boolean => lines.some((line) => line.includes(part));
  const same = (state: State): boolean => JSON.stringify(state) === JSON.stringify(found);
  const untouched = said(NOTHING_CHANGED) || said("migration's transaction");
  if (untouched && !same(before)) wrong.push(`"${left}", but something was changed`);
  if (said('has left') && same(before)) wrong.push(`"${left}", but nothing was left`);

  const rows = /^(\d+) rows are changed and committed/.exec(left)?.[1];
  if (rows !== undefined) {
    const actual = evidence.changedRows ?? 0;
    const true_ = lost ? actual >= Number(rows) : actual === Number(rows);
    if (!true_) wrong.push(`"${left}", but ${actual} rows are`);
  }
  const open = said('is not known') || said('has left');
  const committed = said('Done and committed');
  if (committed && !open && !same(await evidence.replay(await statementsIn(lines))))
    wrong.push(`"${left}", but these statements lead to another state`);
  if (!untouched && !open && rows === undefined && !committed) wrong.push(`"${left}" tells nothing`);
  return wrong;
}

/** A statement may have several lines: it ends with the first one at which it is whole. */
async function statementsIn(lines: readonly string[]): Promise<readonly string[]> {
  await loadModule();
  const statements: string[] = [];
  let begun: string[] = [];
  for (const line of lines) {
    if (begun.length === 0 && !line.startsWith('  ')) continue;
    begun.push(line);
    if (!parses(begun.join('\n'))) continue;
    statements.push(begun.join('\n').trim());
    begun = [];
  }
  return statements;
}

function parses(text: string): boolean {
  try {
    parseSync(text);
    return true;
  } catch {
    return false;
  }
}
