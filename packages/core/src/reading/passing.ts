/** What a statement makes for the session alone, and is gone with it. */
import type { Node, RangeVar } from 'libpg-query';
import { dottedName } from './names.js';
import type { ParsedStatement } from './parser.js';

export interface Passing {
  readonly name: string;
  /** A table or a sequence: made once more it does not hold what it held. */
  readonly holds: boolean;
}

/** Null for what stays, and for statements that make nothing. */
export function madeForSession({ kind, node }: ParsedStatement): Passing | null {
  const relation = (node[RELATIONS[kind] ?? ''] ?? intoOf(node)) as RangeVar | undefined;
  if (relation !== undefined && (RELATIONS[kind] !== undefined || INTO.has(kind))) {
    const isPassing = relation.relpersistence === 't' || relation.schemaname === 'pg_temp';
    return isPassing
      ? { name: relation.relname ?? '', holds: kind !== 'ViewStmt' && kind !== 'CompositeTypeStmt' }
      : null;
  }
  const named = node[NAMES[kind] ?? ''] as readonly Node[] | undefined;
  if (named === undefined) return null;
  const { schema, name } = dottedName(named);
  return schema === 'pg_temp' ? { name, holds: false } : null;
}

/** The relation that it makes, by the kind of statement. */
const RELATIONS: Readonly<Record<string, string>> = {
  CreateStmt: 'relation',
  ViewStmt: 'view',
  CreateSeqStmt: 'sequence',
  CompositeTypeStmt: 'typevar',
};
const INTO: ReadonlySet<string> = new Set(['CreateTableAsStmt', 'SelectStmt']);
const NAMES: Readonly<Record<string, string>> = {
  CreateEnumStmt: 'typeName',
  CreateRangeStmt: 'typeName',
  CreateDomainStmt: 'domainname',
  CreateFunctionStmt: 'funcname',
};

function intoOf(node: ParsedStatement['node']): RangeVar | undefined {
  const into = (node['into'] ?? node['intoClause']) as { readonly rel?: RangeVar } | undefined;
  return into?.rel;
}
