/** Rows that forbid a unique index are counted before anything is changed. */
import { forbidRows } from '../../data/violations.js';
import { CATALOG, type ProbeStep } from '../../engine/operation.js';
import { embed } from '../../expressions.js';
import { quoteName } from '../../names.js';
import { quoteIdent } from '../../sql.js';
import type { CreateIndexFacts } from './facts.js';
import { columnName } from './request.js';

const OPERATION = 'safeCreateIndex';

export function probeDuplicates(facts: CreateIndexFacts): ProbeStep<CreateIndexFacts> {
  const { wanted, table } = facts;
  const keys = wanted.columns.map((c) =>
    columnName(c) === null
      ? `(${embed((c as { expression: string }).expression)})`
      : quoteIdent(columnName(c) as string),
  );
  // NULLs are distinct from each other unless the index says otherwise.
  const filled = wanted.nullsNotDistinct === true ? [] : keys.map((key) => `${key} IS NOT NULL`);
  const conditions = [...(wanted.where === undefined ? [] : [`(${embed(wanted.where)})`]), ...filled];
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const query = `SELECT ${keys.join(', ')}, count(*) AS rows FROM ${quoteName(table)}${where} GROUP BY ${keys.map((_, i) => i + 1).join(', ')} HAVING count(*) > 1`;
  return {
    kind: 'probe',
    id: 'duplicates',
    why: 'duplicates are counted before anything is changed',
    sql: query,
    locks: [],
    work: CATALOG,
    judge: (connection) =>
      forbidRows(connection, query, {
        operation: OPERATION,
        target: facts.target,
        happened: 'of keys that come more than once, in the way of a unique index.',
        hint: `Look at them:\n  ${query} LIMIT 20;\nThen remove the duplicates and run again.`,
      }),
    after: (state) => state,
  };
}
