/**
 * safeDropFunction: drops a function that nothing calls as far as the catalog knows: triggers, defaults, policies, views, indexes.
 *
 * DROP FUNCTION CASCADE takes the triggers and columns along that need it; without CASCADE it fails halfway through a migration.
 */
import { functionKind, lookAtFunction, type Signature } from '../catalog/functions.js';
import { type DropFacts, dependents, removal } from '../catalog/objects.js';
import { remarkOn } from '../catalog/relation.js';
import type { Operation } from '../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../names.js';
import { sql } from '../sql.js';

export interface DropFunctionArguments {
  readonly signature: Signature;
}

export interface DropFunctionFacts extends DropFacts {
  readonly function: ObjectName;
  /** As the server prints the arguments that tell it from others of the name. */
  readonly identity: string;
}

export const dropFunction: Operation<DropFunctionArguments, DropFunctionFacts> = {
  name: 'safeDropFunction',

  async inspect(reader, { signature }) {
    const { row, exists, name, kind } = await lookAtFunction(
      reader,
      signature,
      sql`pg_catalog.pg_get_function_identity_arguments(p.oid) as identity, ${dependents('pg_proc', 'p.oid')} as dependents`,
    );
    const other = exists && kind !== 'f' && kind !== 'w';
    return {
      target: `${printName(name)}(${signature.types.join(', ')})`,
      state: { object: exists ? 'present' : 'absent' },
      begun: false,
      differences: other ? [{ path: 'kind', expected: 'function', found: functionKind(kind), proved: true }] : [],
      missing: [],
      ...remarkOn(signature.name.name),
      dependents: (row['dependents'] ?? []) as readonly string[],
      function: name,
      identity: String(row['identity'] ?? ''),
    };
  },

  pin: ({ signature }, facts) => ({ signature: { ...signature, name: facts.function } }),

  next: (facts) =>
    removal(facts, {
      why: 'removes the function',
      sql: `DROP FUNCTION ${quoteName(facts.function)}(${facts.identity})`,
      locks: [],
    }),
};
