/** In which tables and columns the rows are that the statements of a migration write, where the statements tell. */
import { type CatalogLines, type ParsedStatement, parseStatements } from '@holdfast/core';
import { namesIn } from './needed-keys.js';
import { statementEffects } from './statements.js';

/** Of the catalogs before and after the migration, as one. */
interface Surroundings {
  readonly keys: ReadonlySet<string>;
  /** Names of functions, procedures and aggregates among them. */
  readonly functions: ReadonlySet<string>;
}

interface Written {
  readonly texts: readonly string[];
  /** Names of the runner's own tables. */
  readonly ledger: ReadonlySet<string>;
  readonly before: CatalogLines;
  readonly after: CatalogLines;
}

/**
 * Keys, sorted: of the table for rows that are inserted, deleted, copied, merged; of the columns for those that are updated. What is gone after
 * the migration does not count. Undefined where one of the statements writes elsewhere, or may: by a function, a trigger, a rule, a view.
 */
export async function writtenKeys({ texts, ledger, before, after }: Written): Promise<readonly string[] | undefined> {
  const about = { keys: new Set([...before.keys(), ...after.keys()]), functions: functionsIn(before, after) };
  const written = new Set<string>();
  for (const text of texts) {
    if (MOVES.test(text)) return undefined;
    const effects = statementEffects(text, ledger, about.functions);
    if (effects.includes('anything')) return undefined;
    if (!effects.includes('writes')) continue;
    const statements = await parseStatements(text);
    if ('error' in statements) return undefined;
    for (const statement of statements) {
      const found = placesOf(statement, about);
      if (found === undefined) return undefined;
      for (const key of found) if (after.has(key)) written.add(key);
    }
  }
  return [...written].sort();
}

/** What is called otherwise after it is not gone. */
const MOVES = /\b(?:rename|set\s+schema)\b/i;

/** Names of functions, procedures and aggregates. */
export function functionsIn(...catalogs: readonly CatalogLines[]): ReadonlySet<string> {
  const keys = catalogs.flatMap((lines) => [...lines.keys()]).filter((key) => ROUTINE.test(key));
  return new Set(keys.map((key) => namesIn(key.replace(ROUTINE, '').replace(/\(.*$/, '')).at(-1) ?? ''));
}

const ROUTINE = /^(?:function|procedure|aggregate) /;

/** Statements, as PostgreSQL calls the nodes of its parse tree. */
const STATEMENT = /Stmt$/;

function placesOf({ kind, node }: ParsedStatement, about: Surroundings): readonly string[] | undefined {
  // Functions of one's own may write, and so may a statement inside of another one.
  if (callsOwn(node, about) || hidesChange(node)) return undefined;
  switch (kind) {
    case 'InsertStmt':
    case 'DeleteStmt':
    case 'MergeStmt':
      return tableOf(node['relation'], about);
    case 'UpdateStmt':
      return columnsOf(node, about);
    case 'TruncateStmt':
      // Which tables CASCADE empties the foreign keys say, and those come and go.
      if (node['behavior'] === 'DROP_CASCADE') return undefined;
      return all((node['relations'] as readonly unknown[]).map((each) => tableOf(inner(each, 'RangeVar'), about)));
    case 'CopyStmt':
      return node['is_from'] === true ? tableOf(node['relation'], about) : [];
    case 'CreateTableAsStmt':
      return relationsOf((node['into'] as { readonly rel?: unknown } | undefined)?.rel, about);
    case 'SelectStmt':
    case 'TransactionStmt':
    case 'VariableSetStmt':
      return [];
    default:
      return /^(?:Create|Alter|Index|Drop|Comment|View|Grant)/.test(kind) ? [] : undefined;
  }
}

function columnsOf(node: Readonly<Record<string, unknown>>, about: Surroundings): readonly string[] | undefined {
  const tables = tableOf(node['relation'], about);
  const names = (node['targetList'] as readonly unknown[]).map(
    (each) => (inner(each, 'ResTarget') as { readonly name?: string } | undefined)?.name ?? '',
  );
  return tables?.flatMap((table) => {
    const prefix = table.replace(/^(?:foreign )?table /, 'column ');
    return names.map(
      (name) => [...about.keys].find((key) => key.startsWith(`${prefix}.`) && namesIn(key).at(-1) === name) ?? table,
    );
  });
}

/** One that nothing else hangs on: not a view, without triggers and rules. None where it is temporary, or gone already. */
function tableOf(relation: unknown, about: Surroundings): readonly string[] | undefined {
  const found = relationsOf(relation, about);
  const plain = found?.every((key) => {
    const name = key.replace(/^(?:foreign )?table /, '');
    return (
      name !== key &&
      ![...about.keys].some((each) => each.startsWith(`trigger ${name}.`) || each.startsWith(`rule ${name}.`))
    );
  });
  return plain === true ? found : undefined;
}

const RELATION = /^(?:table|foreign table|view|materialized view) /;

function relationsOf(relation: unknown, about: Surroundings): readonly string[] | undefined {
  const { schemaname, relname } = relation as { readonly schemaname?: string; readonly relname?: string };
  const found = [...about.keys].filter((key) => {
    if (!RELATION.test(key)) return false;
    const [schema, name] = namesIn(key.replace(RELATION, ''));
    return name === relname && (schemaname === undefined || schema === schemaname);
  });
  return found.length > 1 ? undefined : found;
}

function callsOwn(node: unknown, { functions }: Surroundings): boolean {
  return contains(node, (kind, value) => {
    if (kind !== 'FuncCall') return false;
    const parts = value['funcname'] as readonly unknown[];
    return functions.has((inner(parts.at(-1), 'String') as { readonly sval?: string }).sval ?? '');
  });
}

function hidesChange(node: unknown): boolean {
  return contains(node, (kind) => STATEMENT.test(kind) && kind !== 'SelectStmt');
}

function contains(node: unknown, is: (kind: string, value: Readonly<Record<string, unknown>>) => boolean): boolean {
  if (Array.isArray(node)) return node.some((each) => contains(each, is));
  if (typeof node !== 'object' || node === null) return false;
  return Object.entries(node).some(
    ([kind, value]) =>
      (typeof value === 'object' && value !== null && /^[A-Z]/.test(kind) && is(kind, value as never)) ||
      contains(value, is),
  );
}

function inner(node: unknown, kind: string): unknown {
  return (node as Readonly<Record<string, unknown>>)[kind];
}

function all(lists: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  return lists.some((list) => list === undefined) ? undefined : lists.flatMap((list) => list ?? []);
}
