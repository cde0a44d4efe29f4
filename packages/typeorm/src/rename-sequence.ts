/** renameSequence: gives the sequence of a column the name that TypeORM expects after the column or its table was renamed. */
import { type Child, child, type Facts, inlineSql, type ObjectName, type Operation, sql } from '@holdfast/core';

interface RenameSequenceArguments {
  readonly from: ObjectName;
  readonly to: string;
}

/** Made for a sequence that was seen under its old name. */
export function renameSequence(from: ObjectName, to: string): Child {
  return child(operation, { from, to });
}

interface RenameSequenceFacts extends Facts<{ readonly name: 'from' | 'to' | 'none' }> {}

const operation: Operation<RenameSequenceArguments, RenameSequenceFacts> = {
  name: 'renameSequence',

  async inspect(reader, { from, to }) {
    const { rows } = await reader.read(sql`
      select c.relname as name, c.relkind as kind from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = ${from.schema ?? null}::name and c.relname in (${from.name}::name, ${to}::name)`);
    const there = rows.filter((row) => row['kind'] === 'S').map((row) => row['name']);
    const other = rows.find((row) => row['name'] === to);
    const name = there.includes(from.name) ? 'from' : there.includes(to) ? 'to' : 'none';
    return {
      target: `${from.schema}.${from.name} → ${to}`,
      state: { name },
      begun: false,
      differences:
        name === 'from' && other !== undefined
          ? [{ path: 'new name', expected: 'free', found: 'a relation of that name', proved: true }]
          : [],
      missing: [],
    };
  },

  next({ state }, { from, to }) {
    if (state.name === 'to') return null;
    if (state.name === 'none')
      return {
        refuse: `there is no sequence ${from.name} any more.`,
        hint: 'Somebody has dropped it meanwhile: run again.',
      };
    return {
      kind: 'sql',
      id: 'rename',
      why: 'renames the sequence in the catalog; the default of the column follows',
      sql: inlineSql(sql`ALTER SEQUENCE ${sql.ident(from.schema ?? '', from.name)} RENAME TO ${sql.ident(to)}`),
      locks: [{ on: from, mode: 'AccessExclusiveLock', kind: 'other' }],
      work: { kind: 'catalog' },
      commit: 'own',
      after: () => ({ name: 'to' }),
    };
  },
};
