/** CREATE VIEW, CREATE MATERIALIZED VIEW. */
import type { CreateTableAsStmt, ViewStmt } from 'libpg-query';
import { child } from '../engine/operation.js';
import { tokenize } from '../lexer.js';
import { printName } from '../names.js';
import { createView } from '../operations/create-view.js';
import { skipName, skipWords, textFrom } from './clauses.js';
import { relationMadeAs, temporary } from './made-as.js';
import { relationName } from './names.js';
import { VIEW } from './prints.js';
import { type Clause, oneClause, type Reading } from './reading.js';
import { asTwin, inTemporary } from './twin.js';

export function readCreateView(text: string, stmt: ViewStmt): Reading {
  const view = relationName(stmt.view);
  const target = printName(view);
  const plain =
    (stmt.aliases ?? []).length === 0 &&
    (stmt.options ?? []).length === 0 &&
    stmt.withCheckOption === 'NO_CHECK_OPTION';
  const as = (tokenize(text) ?? []).find((t) => t.kind === 'word' && t.value === 'as' && t.depth === 0);
  const clause: Clause =
    stmt.replace === true
      ? { text, judge: 'again', again: true }
      : plain && as !== undefined
        ? { text, judge: child(createView, { view, select: text.slice(as.end).trim() }) }
        : { text, judge: viewTwin(text, view) };
  return oneClause({ does: 'CREATE VIEW', target, locks: [] }, clause);
}

function viewTwin(text: string, view: { readonly schema: string | undefined; readonly name: string }) {
  const words = skipWords(text, 'create', 'recursive', 'view');
  const recursive = skipWords(text, 'create', 'recursive') === 2 ? 'RECURSIVE ' : '';
  return asTwin({
    target: printName(view),
    text,
    object: relationMadeAs(view),
    make: [
      `CREATE TEMPORARY ${recursive}VIEW ${recursive === '' ? inTemporary(view.name) : inTemporary(view.name).slice('pg_temp.'.length)} ${textFrom(text, skipName(text, words))}`,
    ],
    twin: temporary('pg_class', view.name),
    print: VIEW,
  });
}

/** The twin is a view over the same query: a temporary materialized view does not exist. Whether it is filled is for REFRESH to say. */
export function readCreateMaterializedView(text: string, stmt: CreateTableAsStmt): Reading {
  const view = relationName(stmt.into?.rel);
  const target = printName(view);
  const words = skipWords(text, 'create', 'materialized', 'view', ['if', 'not', 'exists']);
  const tokens = tokenize(text) ?? [];
  const as = tokens.find((t) => t.kind === 'word' && t.value === 'as' && t.depth === 0);
  const behind = skipName(text, words);
  const columns = tokens[behind]?.value === '(' ? text.slice(tokens[behind]?.start, closing(text, behind)) : '';
  const into = stmt.into ?? {};
  const special =
    into.accessMethod !== undefined || into.tableSpaceName !== undefined || (into.options ?? []).length > 0;
  const query = text.slice(as?.end ?? text.length).replace(/\s+WITH\s+(NO\s+)?DATA\s*$/i, '');
  const judge = asTwin({
    target,
    text,
    object: relationMadeAs(view),
    make: [`CREATE TEMPORARY VIEW ${inTemporary(view.name)} ${columns} AS ${query}`],
    twin: temporary('pg_class', view.name),
    print: VIEW,
    // Its storage is not read from the text.
    expect: { kind: 'm', ...(special ? { options: 'as the statement says' } : {}) },
  });
  return oneClause(
    { does: 'CREATE MATERIALIZED VIEW', target, locks: [] },
    { text, judge, ...(stmt.if_not_exists === true ? { lenient: true } : {}) },
  );
}

/** Where the parenthesis that token `at` opens is closed. */
function closing(text: string, at: number): number | undefined {
  const tokens = tokenize(text) ?? [];
  return tokens.slice(at).find((t) => t.kind === 'symbol' && t.value === ')' && t.depth === tokens[at]?.depth)?.end;
}
