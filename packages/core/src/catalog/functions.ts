/** Functions by their signature: the name and the types of the arguments that are passed in. */
import { wrong } from '../arguments.js';
import type { Parent } from '../engine/operation.js';
import { type Token, tokenize } from '../lexer.js';
import { type ObjectName, parseName } from '../names.js';
import type { Reader, Row } from '../postgres/connection.js';
import { type SqlFragment, sql } from '../sql.js';
import { homeOf, placeOf } from './objects.js';
import { SERVER } from './relation.js';

export interface Signature {
  readonly name: ObjectName;
  /** What stands between the parentheses. */
  readonly arguments: string;
  /** Types that tell it from others of the name. */
  readonly types: readonly string[];
}

/** `touch()`, `app.add(a integer, b integer DEFAULT 0)`. Throws `InvalidArgumentError` for anything else. */
export function parseSignature(operation: string, text: unknown, schema: string | undefined): Signature {
  const open = typeof text === 'string' ? text.indexOf('(') : -1;
  const list = open === -1 ? '' : (text as string).slice(open).trimEnd();
  const tokens = tokenize(list) ?? [];
  const outer = tokens.filter((token) => token.depth === 1 && token.value === '(' && token.kind === 'symbol');
  if (
    open < 1 ||
    outer.length !== 1 ||
    tokens.some((t) => t.depth < 1 || t.value === '%') ||
    tokens.at(-1)?.value !== ')'
  )
    throw wrong(
      operation,
      String(text),
      "must be the name and the arguments, such as 'touch()' or 'add(a integer, b integer)'",
    );
  return {
    name: parseName(operation, (text as string).slice(0, open).trim(), schema),
    arguments: list.slice(1, -1).trim(),
    types: split(tokens.slice(1, -1)).flatMap((argument) => typeOf(argument, list)),
  };
}

function split(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const parts: Token[][] = tokens.length === 0 ? [] : [[]];
  for (const token of tokens) {
    if (token.depth === 1 && token.value === ',') parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** Words that begin a type and cannot be the name of an argument (manual, appendix C: "cannot be function or type name"). */
const TYPE_WORDS = new Set(
  'bigint bit boolean char character dec decimal float int integer interval national nchar numeric real setof smallint time timestamp varchar'.split(
    ' ',
  ),
);

function typeOf(argument: readonly Token[], list: string): readonly string[] {
  const [first] = argument;
  const hasMode = first?.kind === 'word' && /^(in|out|inout|variadic)$/.test(first.value);
  if (hasMode && first.value === 'out') return [];
  const end = argument.findIndex(
    (t) => (t.kind === 'word' && t.value === 'default') || t.value === '=' || t.value === ':=',
  );
  const rest = argument.slice(hasMode ? 1 : 0, end === -1 ? undefined : end);
  const [head, next] = rest;
  const type =
    head?.kind === 'word' && (TYPE_WORDS.has(head.value) || (head.value === 'double' && next?.value === 'precision'));
  const named = !type && (next?.kind === 'word' || next?.kind === 'ident');
  const [from, to] = [rest[named ? 1 : 0], rest.at(-1)];
  return from === undefined || to === undefined ? [''] : [list.slice(from.start, to.end)];
}

export interface FunctionLook {
  readonly row: Row;
  readonly exists: boolean;
  /** As the catalog has it; where it would be made when it does not exist. */
  readonly name: ObjectName;
  readonly missing: readonly Parent[];
  /** `f` function, `p` procedure, `a` aggregate, `w` window function. */
  readonly kind: string;
}

/** One round trip. `columns` may use `p` of pg_proc and `l` of pg_language, which may be null. */
export async function lookAtFunction(
  reader: Reader,
  { name, types }: Signature,
  columns: SqlFragment,
): Promise<FunctionLook> {
  const place =
    name.schema === undefined
      ? sql`pg_catalog.pg_function_is_visible(p.oid)`
      : sql`p.pronamespace = (select s.oid from pg_catalog.pg_namespace s where s.nspname = ${name.schema}::name)`;
  const { rows } = await reader.read(sql`
    select ${SERVER}, ${homeOf(name)}, w.lacking, p.oid as function, p.prokind as kind, p.proname as name, n.nspname as schema, ${columns}
    from (select pg_catalog.string_agg(coalesce(pg_catalog.to_regtype(t)::oid, 0)::text, ' ' order by o) as types,
        pg_catalog.json_agg(t) filter (where pg_catalog.to_regtype(t) is null) as lacking
      from pg_catalog.unnest(${types}::text[]) with ordinality u (t, o)) w
    left join pg_catalog.pg_proc p on p.proname = ${name.name}::name and p.proargtypes = coalesce(w.types, '')::oidvector and ${place}
    left join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    left join pg_catalog.pg_language l on l.oid = p.prolang`);
  const row = rows[0] ?? {};
  const exists = typeof row['function'] === 'number';
  const home = placeOf(row, name);
  const lacking = (row['lacking'] ?? []) as readonly string[];
  return {
    row,
    exists,
    name: exists ? { schema: String(row['schema']), name: String(row['name']) } : home.name,
    missing: exists ? [] : [...home.missing, ...lacking.map((type) => ({ kind: 'type', name: type }) as const)],
    kind: String(row['kind']),
  };
}

const KINDS: Readonly<Record<string, string>> = { f: 'function', p: 'procedure', a: 'aggregate', w: 'window function' };

/** `procedure`, for messages; `kind` is pg_proc.prokind. */
export function functionKind(kind: string): string {
  return KINDS[kind] ?? `function of kind ${kind}`;
}
