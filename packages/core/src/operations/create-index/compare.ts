/** An index as it is wanted, compared with one that the catalog holds. */
import type { StoredIndex, StoredKey } from '../../catalog/indexes.js';
import { sameExpression } from '../../expressions.js';
import type { Difference } from '../../outcome.js';
import { quoteIdent, truncateName } from '../../sql.js';
import type { IndexColumn, IndexRequest } from './request.js';

/** What differs, tier 1. An expression in another spelling is not proved different. */
export function compareIndex(wanted: IndexRequest, found: StoredIndex): readonly Difference[] {
  const differences: Difference[] = [];
  const say = (path: string, expected: string, is: string): void => {
    if (expected !== is) differences.push({ path, expected, found: is, proved: true });
  };
  if (wanted.verbatim !== undefined) return [...compareUnique(wanted, found), unproved(wanted.verbatim, found)];
  say('method', wanted.method ?? 'btree', found.method);
  say('uniqueness', wanted.unique === true ? 'unique' : 'not unique', found.unique ? 'unique' : 'not unique');
  if (found.unique) say('uniqueness checked', 'at once', found.immediate ? 'at once' : 'at the end (DEFERRABLE)');
  say('number of keys', String(wanted.columns.length), String(found.keys.length));
  say(
    'NULLs',
    wanted.nullsNotDistinct === true ? 'not distinct' : 'distinct',
    found.nullsNotDistinct ? 'not distinct' : 'distinct',
  );
  say('included columns', (wanted.include ?? []).map(truncateName).join(', '), found.include.join(', '));
  if (wanted.with !== undefined) {
    say(
      'storage parameters',
      printParameters(Object.entries(wanted.with).map(([k, v]) => `${k}=${String(v)}`)),
      printParameters(found.parameters),
    );
  }
  if (wanted.columns.length === found.keys.length) {
    wanted.columns.forEach((key, i) => {
      differences.push(...compareKey(`key ${i + 1}`, key, found.keys[i] as StoredKey));
    });
  }
  if ((wanted.where === undefined) !== (found.predicate === null))
    say('predicate', wanted.where ?? 'none', found.predicate ?? 'none');
  else if (wanted.where !== undefined && found.predicate !== null && !sameExpression(wanted.where, found.predicate)) {
    differences.push({ path: 'predicate', expected: wanted.where, found: found.predicate, proved: false });
  }
  return differences;
}

function compareUnique(wanted: IndexRequest, found: StoredIndex): readonly Difference[] {
  if ((wanted.unique === true) === found.unique && found.immediate) return [];
  const printed = (unique: boolean): string => (unique ? 'unique' : 'not unique');
  const [expected, is] = [
    printed(wanted.unique === true),
    `${printed(found.unique)}${found.immediate ? '' : ' (DEFERRABLE)'}`,
  ];
  return [{ path: 'uniqueness', expected, found: is, proved: true }];
}

/** A verbatim definition is compared by the server only. */
function unproved(verbatim: string, found: StoredIndex): Difference {
  const keys = found.keys.map((key) => key.column ?? key.expression).join(', ');
  return { path: 'definition', expected: verbatim, found: `an index on (${keys})`, proved: false };
}

function compareKey(path: string, key: IndexColumn, found: StoredKey): readonly Difference[] {
  const wanted: Exclude<IndexColumn, string> = typeof key === 'string' ? { column: key } : key;
  const differences: Difference[] = [];
  const say = (what: string, expected: string, is: string, proved = true): void => {
    if (expected !== is) differences.push({ path: `${path}${what}`, expected, found: is, proved });
  };
  const sayPath = (what: string, expected: string, name: string | null, schema: string | null): void => {
    const [last = '', first] = expected.split('.').reverse();
    const is = `${schema}.${name}`;
    if (truncateName(last) !== name) say(what, expected, name ?? 'none');
    else if (first !== undefined) say(what, `${truncateName(first)}.${name}`, is);
    // Which of the same name is meant hangs on the search path.
    else if (schema !== 'pg_catalog') say(what, expected, is, false);
  };
  if (wanted.column !== undefined) say('', truncateName(wanted.column), found.column ?? (found.expression as string));
  else if (found.expression === null) {
    // The server keeps a column in parentheses as that column.
    if (!sameExpression(wanted.expression as string, quoteIdent(found.column as string)))
      say('', wanted.expression as string, found.column as string);
  } else if (!sameExpression(wanted.expression as string, found.expression))
    say('', wanted.expression as string, found.expression, false);
  const descending = wanted.order === 'desc';
  const nullsFirst = wanted.nulls === undefined ? descending : wanted.nulls === 'first';
  say(' order', descending ? 'descending' : 'ascending', found.descending ? 'descending' : 'ascending');
  say(' NULLs', nullsFirst ? 'first' : 'last', found.nullsFirst ? 'first' : 'last');
  if (wanted.collation === undefined) {
    // The collation of an expression may come from its columns: the server must say.
    const own = found.expression === null ? "the column's own" : 'the default';
    say(' collation', own, found.collation ?? own, found.expression === null);
  } else sayPath(' collation', wanted.collation, found.usedCollation, found.usedCollationSchema);
  say(' opclass parameters', 'none', found.parameters ?? 'none');
  if (wanted.opclass !== undefined) sayPath(' opclass', wanted.opclass, found.opclass, found.opclassSchema);
  else if (!found.defaultOpclass) say(' opclass', 'the default', found.opclass);
  return differences;
}

const WORDS: Readonly<Record<string, string>> = { on: 'true', yes: 'true', off: 'false', no: 'false' };
const BOOLEANS = ['fastupdate', 'autosummarize', 'deduplicate_items'];

/** The server keeps a parameter as it was written: `off` and `false`, `70` and `070` say the same. */
function printParameters(parameters: readonly string[]): string {
  return parameters.map(printParameter).sort().join(', ');
}

function printParameter(parameter: string): string {
  const end = parameter.indexOf('=');
  const [name, text] = [
    parameter.slice(0, end).toLowerCase(),
    parameter
      .slice(end + 1)
      .trim()
      .toLowerCase(),
  ];
  if (BOOLEANS.includes(name) && (text === '1' || text === '0')) return `${name}=${text === '1'}`;
  return `${name}=${WORDS[text] ?? (/^\d+$/.test(text) ? String(Number(text)) : text)}`;
}
