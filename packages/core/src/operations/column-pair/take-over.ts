/** The statements by which one column takes the place of the other: numbers, default, keys, names. All of them touch the catalog only. */
import { deferrableClause } from '../../catalog/constraints.js';
import { shortName } from '../../catalog/generated-names.js';
import { grantStatements } from '../../catalog/grants.js';
import type { Lock } from '../../engine/operation.js';
import { exclusively, list, type Refusal } from '../../engine/operation.js';
import { type ObjectName, printName, quoteName } from '../../names.js';
import { quoteIdent, quoteLiteral } from '../../sql.js';
import type { PairArguments, PairFacts } from './look.js';
import { markStatements } from './marks.js';
import type { ColumnPart } from './parts.js';

/** What the column that follows does not have yet. Null when it can take over. */
export function refuseUnfilled(facts: PairFacts, method: string): Refusal | null {
  const { state, parts, partner, partnerNotNull, sameRights } = facts;
  if (!sameRights)
    return {
      refuse: `the rights on ${partner} are not those on the old column any more.`,
      hint: 'GRANT or REVOKE them on both, then run again.',
    };
  const lacking = [
    ...(state.inStep === 'validated' ? [] : ['values in every row, proved by a check']),
    ...(parts.notNull && !partnerNotNull ? ['NOT NULL'] : []),
    ...(!parts.notNull && partnerNotNull ? ['room for NULL, which the old column takes now'] : []),
    ...parts.parts.filter((part) => !part.made).map((part) => `${part.kind} ${part.twin}, like ${part.name}`),
  ];
  if (lacking.length === 0) return null;
  return {
    refuse: `${partner} cannot take its place yet, it lacks:\n${list(lacking)}`,
    hint: `Call safeFillColumn first, with the same arguments, then ${method} again.`,
  };
}

/** Everything that must leave the old column before its name, or the column itself, goes. */
export function leaveOld(facts: PairFacts, { column }: PairArguments): readonly string[] {
  const { table, partner, parts, proofs } = facts;
  const alter = `ALTER TABLE ${quoteName(table)}`;
  const [old, fresh] = [`ALTER COLUMN ${quoteIdent(column)}`, `ALTER COLUMN ${quoteIdent(partner)}`];
  const primary = parts.parts.find((part) => part.kind === 'primary key');
  return [
    ...proofs.map((name) => `${alter} DROP CONSTRAINT ${quoteIdent(name)}`),
    ...parts.parts.flatMap((part) =>
      part.kind === 'foreign key' && part.incoming
        ? [`ALTER TABLE ${quoteName(part.on)} DROP CONSTRAINT ${quoteIdent(part.name)}`]
        : [],
    ),
    ...(primary === undefined ? [] : [`${alter} DROP CONSTRAINT ${quoteIdent(primary.name)}`]),
    ...moveNumbers(facts, column),
    ...(parts.default === null || parts.identity !== null
      ? []
      : [`${alter} ${old} DROP DEFAULT`, `${alter} ${fresh} SET DEFAULT ${parts.default}`]),
    ...(parts.notNull ? [`${alter} ${old} DROP NOT NULL`] : []),
  ];
}

const WIDER_THAN: Readonly<Record<string, readonly string[]>> = { smallint: ['int4', 'int8'], integer: ['int8'] };

/**
 * A sequence that the column owns goes over to the other one; that of an identity cannot, so that a new one goes on where it stands. The
 * new name keeps everybody else from drawing from the old one meanwhile (ALTER SEQUENCE takes ACCESS EXCLUSIVE on it).
 */
function moveNumbers({ table, partner, parts, change, making }: PairFacts, column: string): readonly string[] {
  const { sequence, identity } = parts;
  if (sequence === null) return [];
  const owner = `${quoteName(table)}.${quoteIdent(partner)}`;
  if (identity === null) {
    const wider = WIDER_THAN[sequence.type]?.includes(change?.to.name ?? '') === true;
    return [`ALTER SEQUENCE ${quoteName(sequence.name)}${wider ? ` AS ${change?.to.printed}` : ''} OWNED BY ${owner}`];
  }
  const away = { schema: sequence.name.schema, name: shortName(`${sequence.name.name}_swap`) };
  const alter = `ALTER TABLE ${quoteName(table)} ALTER COLUMN`;
  return [
    `ALTER SEQUENCE ${quoteName(sequence.name)} RENAME TO ${quoteIdent(away.name)}`,
    `${alter} ${quoteIdent(partner)} ADD GENERATED ${identity.toUpperCase()} AS IDENTITY (SEQUENCE NAME ${quoteName(sequence.name)} ${sequence.options})`,
    `SELECT pg_catalog.setval(${quoteLiteral(quoteName(sequence.name)).trim()}, last_value, is_called) FROM ${quoteName(away)}`,
    `${alter} ${quoteIdent(column)} DROP IDENTITY`,
    ...grantStatements(sequence.name, making.owner, sequence.grants),
    ...(sequence.comment === null
      ? []
      : [`COMMENT ON SEQUENCE ${quoteName(sequence.name)} IS ${quoteLiteral(sequence.comment).trim()}`]),
  ];
}

/** The key, and the names, of the column that has taken over. `beside`: the old column stays, and takes the other names. */
export function takePlace(
  { table, partner, pair, parts, partnerNotNullName }: PairFacts,
  { column, beside }: { readonly column: string; readonly beside: boolean },
): readonly string[] {
  const alter = `ALTER TABLE ${quoteName(table)}`;
  const comment = (of: string, text: string): string =>
    `COMMENT ON COLUMN ${quoteName(table)}.${quoteIdent(of)} IS ${text}`;
  // A name made of the old column's would stand in the way of a column that gets that name one day.
  const generated = !beside && parts.notNullName === shortName(`${table.name}_${pair?.leading ?? ''}_not_null`);
  const differs = parts.notNullName !== null && partnerNotNullName !== null && parts.notNullName !== partnerNotNullName;
  return [
    ...parts.parts.flatMap((part) => [...rename(table, part, beside), ...marksOf(table, part)]),
    ...(differs && !generated
      ? [`${alter} RENAME CONSTRAINT ${quoteIdent(partnerNotNullName)} TO ${quoteIdent(parts.notNullName)}`]
      : []),
    ...(parts.comment === null ? [] : [comment(column, quoteLiteral(parts.comment).trim())]),
    ...(parts.comment === null || !beside ? [] : [comment(partner, 'NULL')]),
  ];
}

function marksOf(table: ObjectName, part: ColumnPart): readonly string[] {
  const on = part.kind === 'foreign key' ? part.on : table;
  return part.marks === undefined ? [] : markStatements(on, part.name, part.marks);
}

function rename(table: ObjectName, part: ColumnPart, beside: boolean): readonly string[] {
  if (part.kind === 'primary key') {
    const deferrable = deferrableClause(part.deferrable);
    return [
      `ALTER TABLE ${quoteName(table)} ADD CONSTRAINT ${quoteIdent(part.name)} PRIMARY KEY USING INDEX ${quoteIdent(part.twin)} ${deferrable}`.trim(),
    ];
  }
  const on = part.kind === 'foreign key' ? part.on : table;
  const to = (from: string, name: string): string =>
    part.kind === 'index'
      ? `ALTER INDEX ${quoteName({ schema: table.schema, name: from })} RENAME TO ${quoteIdent(name)}`
      : `ALTER TABLE ${quoteName(on)} RENAME CONSTRAINT ${quoteIdent(from)} TO ${quoteIdent(name)}`;
  if (!beside || (part.kind === 'foreign key' && part.incoming)) return [to(part.twin, part.name)];
  // What binds the old column would refuse rows for it that the new one takes.
  if (part.kind !== 'index')
    return [`ALTER TABLE ${quoteName(on)} DROP CONSTRAINT ${quoteIdent(part.name)}`, to(part.twin, part.name)];
  if (part.request.unique === true)
    return [`DROP INDEX ${quoteName({ schema: table.schema, name: part.name })}`, to(part.twin, part.name)];
  const meanwhile = shortName(`${part.name}_swap`);
  return [to(part.name, meanwhile), to(part.twin, part.name), to(meanwhile, part.twin)];
}

/** The two columns with each other's names. */
export function exchangeNames(table: ObjectName, column: string, partner: string): readonly string[] {
  const rename = (from: string, to: string): string =>
    `ALTER TABLE ${quoteName(table)} RENAME COLUMN ${quoteIdent(from)} TO ${quoteIdent(to)}`;
  const meanwhile = shortName(`${column}_swap`);
  return [rename(column, meanwhile), rename(partner, column), rename(meanwhile, partner)];
}

/** Tables, and the sequence, that taking over locks. */
export function takeOverLocks({ table, parts }: PairFacts): readonly Lock[] {
  const others = parts.parts.flatMap((part) =>
    part.kind === 'foreign key' ? [part.incoming ? part.on : part.key.references.table] : [],
  );
  const sequence = parts.sequence === null ? [] : [parts.sequence.name];
  return [
    // Who writes a row that refers to it has locked the other table first.
    ...exclusively(distinct([...others, table])),
    ...sequence.map(
      (on): Lock => ({
        on,
        mode: parts.identity === null ? 'ShareRowExclusiveLock' : 'AccessExclusiveLock',
        kind: 'other',
      }),
    ),
  ];
}

/** Each name once. */
export function distinct(names: readonly ObjectName[]): readonly ObjectName[] {
  return [...new Map(names.map((name) => [printName(name), name])).values()];
}
