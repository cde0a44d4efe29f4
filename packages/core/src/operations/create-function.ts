/**
 * safeCreateFunction: makes a function, or with `replace` puts another definition in the place of the one it has.
 *
 * CREATE OR REPLACE FUNCTION silently takes the place of whatever function has the signature, or fails halfway through a migration
 * when its result is another.
 */
import { takenBack } from '../catalog/canonical.js';
import { functionKind, lookAtFunction, type Signature } from '../catalog/functions.js';
import {
  asksReplacement,
  bothNames,
  creation,
  DIFFERS,
  dependents,
  irreplaceable,
  type ObjectState,
  replacement,
} from '../catalog/objects.js';
import { remarkOn } from '../catalog/relation.js';
import type { Facts, Operation, Refusal } from '../engine/operation.js';
import { embed } from '../expressions.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import type { Difference } from '../outcome.js';
import type { Connection } from '../postgres/connection.js';
import { sql } from '../sql.js';

export interface CreateFunctionArguments {
  readonly signature: Signature;
  /** What stands behind the arguments in CREATE FUNCTION: RETURNS, LANGUAGE, AS and the rest. */
  readonly definition: string;
  /** Another definition of a function that is there is replaced in place. */
  readonly replace?: boolean | undefined;
  /** CREATE PROCEDURE. */
  readonly procedure?: boolean | undefined;
}

export interface CreateFunctionFacts extends Facts<ObjectState> {
  readonly function: ObjectName;
  readonly stored: Properties;
  readonly dependents: readonly string[];
  /** Set by `prove`: the server cannot put the wanted definition in its place. */
  readonly stands: Refusal | null;
}

/** What the server has made of a definition, by the words of CREATE FUNCTION. */
type Properties = Readonly<Record<string, string | null>>;

/** Over `p` of pg_proc and `l` of pg_language. A body in standard SQL, from PostgreSQL 14 on, is only to be had in the whole. */
const PROPERTIES = `pg_catalog.json_build_object('arguments', pg_catalog.pg_get_function_arguments(p.oid), 'returns', pg_catalog.pg_get_function_result(p.oid),
  'language', l.lanname::text, 'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
  'strict', p.proisstrict::text, 'security definer', p.prosecdef::text, 'leakproof', p.proleakproof::text,
  'parallel', case p.proparallel when 's' then 'safe' when 'r' then 'restricted' else 'unsafe' end, 'cost', p.procost::text, 'rows', p.prorows::text,
  'set', p.proconfig::text, 'support', nullif(p.prosupport, 0)::text, 'library', p.probin,
  'body', case when pg_catalog.to_jsonb(p) ->> 'prosqlbody' is null then p.prosrc
    else pg_catalog.substring(pg_catalog.pg_get_functiondef(p.oid), E'\\n(?:BEGIN ATOMIC|RETURN ).*') end)`;

export const createFunction: Operation<CreateFunctionArguments, CreateFunctionFacts> = {
  name: 'safeCreateFunction',

  async inspect(reader, args) {
    const { signature } = args;
    const look = await lookAtFunction(
      reader,
      signature,
      sql`case when p.oid is not null then ${sql.raw(PROPERTIES)} end as properties, ${dependents('pg_proc', 'p.oid')} as dependents`,
    );
    const stored = (look.row['properties'] ?? {}) as Properties;
    return {
      target: `${printName(look.name)}(${signature.types.join(', ')})`,
      state: { object: look.exists ? 'present' : 'absent' },
      begun: false,
      differences: look.exists ? compare(args, look.kind, stored) : [],
      missing: look.missing,
      ...remarkOn(signature.name.name),
      function: look.name,
      stored,
      dependents: (look.row['dependents'] ?? []) as readonly string[],
      stands: null,
    };
  },

  next(facts, { signature, definition, procedure }) {
    if (facts.stands !== null) return facts.stands;
    const text = `${word(procedure)} ${quoteName(facts.function)}(${embed(signature.arguments)}) ${definition.trim()}`;
    if (facts.state.object === 'absent')
      return creation({ why: 'makes the function; nothing calls it yet', sql: `CREATE ${text}`, locks: [] });
    if (!asksReplacement(facts)) return null;
    const why =
      'puts the definition in the place of the one it has; whoever calls it gets the new one from the commit on';
    return replacement({ why, sql: `CREATE OR REPLACE ${text}`, locks: [] });
  },

  provides: (facts, { signature }) => bothNames('function', [facts.function, signature.name]),

  /** The wanted one is made in the temporary schema and taken back: both are then rows of the same catalog. */
  async prove(connection, facts, args) {
    const wanted = await propertiesOf(connection, args);
    if (wanted === null) return facts;
    const differences = Object.entries(wanted)
      .filter(([path, expected]) => expected !== (facts.stored[path] ?? null))
      .map(
        ([path, expected]): Difference => ({
          path,
          expected: expected ?? 'none',
          found: facts.stored[path] ?? 'none',
          proved: true,
        }),
      );
    if (differences.length === 0 || args.replace !== true) return { ...facts, differences };
    const stands = differences.some(({ path }) => path === 'arguments' || path === 'returns');
    return stands
      ? { ...facts, differences: [], stands: refuse(wanted, facts) }
      : { ...facts, differences: [], probed: [...(facts.probed ?? []), DIFFERS] };
  },
};

/** What the server makes of the definition; null when it refuses it, or may not try. */
async function propertiesOf(
  connection: Connection,
  { signature, definition, procedure }: CreateFunctionArguments,
): Promise<Properties | null> {
  const rows = await takenBack(connection, [
    `CREATE ${word(procedure)} pg_temp.holdfast_wanted(${embed(signature.arguments)}) ${embed(definition.trim())}`,
    `SELECT ${PROPERTIES}::text AS properties FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang WHERE p.proname = 'holdfast_wanted' AND p.pronamespace = pg_catalog.pg_my_temp_schema()`,
  ]);
  const [row] = rows ?? [];
  return row === undefined ? null : (JSON.parse(String(row['properties'])) as Properties);
}

function refuse(wanted: Properties, { stored, dependents: names }: CreateFunctionFacts): Refusal {
  const print = ({ arguments: list, returns }: Properties): string => `(${list}) RETURNS ${returns}`;
  const sides = { wanted: print(wanted), found: print(stored) };
  const stays = 'a function keeps its arguments, their names and defaults, and its result when it is replaced';
  return irreplaceable(stays, sides, { dependents: names, cure: 'safeDropFunction. Or make one of another name.' });
}

function word(procedure: boolean | undefined): string {
  return procedure === true ? 'PROCEDURE' : 'FUNCTION';
}

function compare(
  { definition, procedure }: CreateFunctionArguments,
  kind: string,
  stored: Properties,
): readonly Difference[] {
  const wanted = procedure === true ? 'p' : 'f';
  return kind === wanted
    ? [
        {
          path: 'definition',
          expected: definition.trim(),
          found: `RETURNS ${stored['returns']} LANGUAGE ${stored['language']} AS ${stored['body']}`,
          proved: false,
        },
      ]
    : [{ path: 'kind', expected: functionKind(wanted), found: functionKind(kind), proved: true }];
}
