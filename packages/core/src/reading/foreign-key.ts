/** Foreign keys that name the other table alone: `REFERENCES orgs`. */
import type { Constraint, Node } from 'libpg-query';
import { isNamed } from '../catalog/relation.js';
import type { Lock } from '../engine/operation.js';
import { type Token, tokenize } from '../lexer.js';
import { type ObjectName, printName } from '../names.js';
import { type SqlFragment, sql } from '../sql.js';
import { skipName } from './clauses.js';
import { relationName } from './names.js';

/** Is there such a key, to the primary key of the other table? */
export function refersToKey(table: ObjectName, columns: readonly string[], key: Constraint): SqlFragment {
  const { conname, fk_upd_action = 'a', fk_del_action = 'a', fk_matchtype = 's' } = key;
  const named = conname === undefined ? sql`true` : sql`k.conname = ${conname}::name`;
  return sql`exists (select from pg_catalog.pg_constraint k
    join pg_catalog.pg_class c on c.oid = k.conrelid and ${isNamed('c', table)}
    join pg_catalog.pg_class r on r.oid = k.confrelid and ${isNamed('r', relationName(key.pktable))}
    where k.contype = 'f' and ${named}
      and (select pg_catalog.array_agg(a.attname::text order by u.n) from pg_catalog.unnest(k.conkey) with ordinality u (num, n)
        join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = u.num) = ${columns}::text[]
      and k.confkey = (select p.conkey from pg_catalog.pg_constraint p where p.conrelid = r.oid and p.contype = 'p')
      and k.confupdtype = ${fk_upd_action} and k.confdeltype = ${fk_del_action} and k.confmatchtype = ${fk_matchtype}
      and k.condeferrable = ${key.deferrable === true} and k.condeferred = ${key.initdeferred === true}
      and k.convalidated = ${key.skip_validation !== true}
      and coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true) = ${key.is_enforced === true}
      and coalesce(pg_catalog.jsonb_array_length(nullif(pg_catalog.to_jsonb(k) -> 'confdelsetcols', 'null'::jsonb)), 0) = ${(key.fk_del_set_cols ?? []).length})`;
}

/** The tables, the one itself aside, that foreign keys of these columns and constraints refer to: a new key keeps their writers waiting. */
export function referencedLocks(table: ObjectName, nodes: readonly Node[]): readonly Lock[] {
  const keys = nodes.flatMap((node): readonly Constraint[] => {
    if ('Constraint' in node) return [node.Constraint];
    if (!('ColumnDef' in node)) return [];
    return (node.ColumnDef.constraints ?? []).flatMap((each) => ('Constraint' in each ? [each.Constraint] : []));
  });
  return keys
    .filter(({ contype }) => contype === 'CONSTR_FOREIGN')
    .map(({ pktable }) => relationName(pktable))
    .filter((on) => printName(on) !== printName(table))
    .map((on): Lock => ({ on, mode: 'ShareRowExclusiveLock', kind: 'table' }));
}

/** Words that may follow the table; each with how many tokens it takes. */
const BEHIND: Readonly<Record<string, number>> = { match: 2, deferrable: 1, initially: 2, enforced: 1 };

/** A column or constraint without those of its foreign keys that name no columns; nothing where it is one itself. */
export function withoutReferences(text: string): readonly string[] {
  if (!/references/i.test(text)) return [text];
  const tokens = tokenize(text) ?? [];
  const at = tokens.findIndex((t) => isWord(t, 'references') && t.depth === 0);
  if (at === -1) return [text];
  const table = skipName(text, at + 1);
  if (tokens[table]?.value === '(') return [text];
  const named = isWord(tokens[at - 2], 'constraint') ? at - 2 : at;
  if (named <= 0 || isWord(tokens[0], 'foreign') || isWord(tokens[0], 'constraint')) return [];
  const end = behindKey(tokens, table);
  const rest = tokens[end];
  return withoutReferences(`${text.slice(0, tokens[named]?.start)}${rest === undefined ? '' : text.slice(rest.start)}`);
}

function behindKey(tokens: readonly Token[], from: number): number {
  let at = from;
  for (;;) {
    const word = tokens[at]?.kind === 'word' ? (tokens[at]?.value ?? '') : '';
    const negated = word === 'not' && /^(deferrable|enforced)$/.test(tokens[at + 1]?.value ?? '');
    const action = word === 'on' ? onAction(tokens, at) : 0;
    const length = negated ? 2 : action > 0 ? action : (BEHIND[word] ?? 0);
    if (length === 0) return at;
    at += length;
  }
}

/** `ON DELETE SET NULL (a, b)` */
function onAction(tokens: readonly Token[], at: number): number {
  const two = /^(set|no)$/.test(tokens[at + 2]?.value ?? '');
  const end = at + (two ? 4 : 3);
  if (tokens[end]?.value !== '(') return end - at;
  const close = tokens.findIndex((t, i) => i > end && t.kind === 'symbol' && t.value === ')');
  return close - at + 1;
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.value === word;
}
