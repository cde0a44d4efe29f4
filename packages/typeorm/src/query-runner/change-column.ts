/**
 * TypeORM's changeColumn, in place. TypeORM drops the column and adds it anew when its type, its length or its being an array changes, and
 * the values are gone; here no column is dropped, and each row keeps what it holds.
 *
 * Only what differs between the old and the new definition is changed, as TypeORM does it. Where the old one is a name, all of the new one
 * is brought about.
 */
import { isEnum } from '../columns.js';
import { dropExpression } from '../drop-expression.js';
import type { ColumnLike } from '../host.js';
import { keepNote } from '../keep-note.js';
import { tablePath } from '../names.js';
import { numberColumn } from '../number-column.js';
import { isA } from '../recognise.js';
import { type Change, saysOther } from './change.js';
import { addLabels, movesType, settleType } from './change-enum.js';
import { primaryKeyOf, setPrimaryKey } from './constraints.js';
import { asName, type Context, type TableOrName, tableOf } from './context.js';
import { enumName, giveName, sequenceName } from './generated-names.js';
import type { FoundColumn } from './read-table.js';

export async function changeColumn(
  c: Context,
  given: TableOrName,
  from: ColumnLike | string,
  next: ColumnLike,
): Promise<void> {
  const table = tableOf(c, 'changeColumn', given);
  const old = isA('TableColumn', from) ? (from as ColumnLike) : undefined;
  const oldName = old?.name ?? (from as string);
  const found = await c.find('changeColumn', table);
  const has = (name: string): FoundColumn | undefined => found?.columns.find((column) => column.name === name);
  const column = has(oldName) ?? has(next.name);
  const both = has(oldName) !== undefined && has(next.name) !== undefined;
  // Both names, or neither: the rename knows what to say. In a plan the column may only be promised.
  if (oldName !== next.name && (column === undefined || both)) {
    await c.g.safeRenameColumn(asName(table), oldName, next.name);
    // Which of the two is meant nobody knows, also where a mismatch is only a warning.
    if (both) return;
  }
  if (found === null || column === undefined) {
    await c.g.safeChangeColumn(asName(table), next.name, bare(next, next.name));
    return;
  }
  const change = { c, table, found, column, old, next };
  await bringAbout({ ...change, moves: await movesType(change) });
  if (oldName !== next.name) await giveName(c, table, oldName, next.name);
}

/** Under the name that the column has; what may be refused comes before it gets another one. */
async function bringAbout(change: Change): Promise<void> {
  const { c, table, column, next } = change;
  const here = asName(table);
  const there = { schema: change.found.schema, name: change.found.name };
  if (stopsNumbering(change)) await c.g.safeDropDefault(here, column.name);
  if (losesExpression(change)) {
    await c.perform(dropExpression(there, column.name));
    await c.perform(keepNote(c.dataSource, { table, column: column.name }, null));
  }
  const labels = await addLabels(change);
  await c.g.safeChangeColumn(here, column.name, wantedOf(change));
  await labels.remove();
  if (saysOther(change, 'comment') && !next.comment && column.comment !== null)
    await c.g.safeSetComment(here, column.name, null);
  if (stopsNumbering(change) && column.sequence !== null) await c.g.safeDropSequence(asName(column.sequence));
  if (startsNumbering(change)) await c.perform(numberColumn(there, column.name, sequenceName(table, column.name)));
  await changeKey(change);
  await changeUnique(change);
  await settleType(change);
}

/** Also the second time: the note may be left. */
function losesExpression(change: Change): boolean {
  const { column, old, next } = change;
  if (!saysOther(change, 'generatedType') || next.generatedType !== undefined) return false;
  return column.generated !== null || old?.generatedType !== undefined;
}

const GENERATORS = /^(gen_random_uuid|(\w+\.)?uuid_generate_v\d)\(/;

/** What safeChangeColumn is asked for: the new definition, and in all that the call leaves alone what the column has. */
function wantedOf(change: Change): ColumnLike {
  const { table, column, next } = change;
  const keepsDefault = !saysOther(change, 'default', 'isGenerated', 'generationStrategy') || drawsAlready(change);
  return bare(next, column.name, {
    // The name that the type is to have, whatever the column is called meanwhile.
    ...(isEnum(next) ? { enumName: enumName(table, next) } : {}),
    ...(keepsType(change) ? { ...NO_MODIFIERS, type: column.type } : {}),
    ...(keepsDefault ? keptDefault(change) : {}),
    ...(isNumbered(next) ? { isGenerated: false } : {}),
    ...(saysOther(change, 'isNullable') ? {} : { isNullable: !column.notNull }),
    ...(saysOther(change, 'collation') ? {} : { collation: column.collation ?? undefined }),
    ...(saysOther(change, 'comment') ? {} : { comment: undefined }),
  });
}

/** Without what other operations do. */
function bare(next: ColumnLike, name: string, more: Partial<ColumnLike> = {}): ColumnLike {
  return Object.assign(next.clone(), { name, isPrimary: false, isUnique: false }, more);
}

const NO_MODIFIERS = {
  length: '',
  precision: undefined,
  scale: undefined,
  isArray: false,
  enum: undefined,
  enumName: undefined,
  spatialFeatureType: undefined,
  srid: undefined,
} as const;

/** Of an enum that stays one the labels are changed, not the type of the column. */
function keepsType(change: Change): boolean {
  const { column, next, moves } = change;
  if (isEnum(next)) return column.enum !== null && next.isArray === column.type.endsWith('[]') && !moves;
  return !saysOther(change, 'type', 'length', 'isArray', 'precision', 'scale', 'spatialFeatureType', 'srid');
}

function keptDefault({ column }: Change): Partial<ColumnLike> {
  if (column.identity === null) return { default: column.default ?? undefined, isGenerated: false };
  return { isGenerated: true, generationStrategy: 'identity', generatedIdentity: column.identity };
}

/** The new definition is generated, and the column is so already, be it by another function. */
function drawsAlready({ column, next }: Change): boolean {
  if (column.default === null || !next.isGenerated) return false;
  if (next.generationStrategy === 'uuid') return GENERATORS.test(column.default);
  return isNumbered(next) && isDrawn(column);
}

function isNumbered({ isGenerated, generationStrategy }: ColumnLike): boolean {
  return isGenerated && generationStrategy === 'increment';
}

function isDrawn(column: FoundColumn): boolean {
  return column.default?.startsWith('nextval(') ?? false;
}

function startsNumbering(change: Change): boolean {
  return isNumbered(change.next) && !isDrawn(change.column) && saysOther(change, 'isGenerated', 'generationStrategy');
}

/** Also the second time: the sequence that is left is dropped. */
function stopsNumbering(change: Change): boolean {
  const { column, next } = change;
  return saysOther(change, 'isGenerated') && !isNumbered(next) && (isDrawn(column) || column.sequence !== null);
}

async function changeKey(change: Change): Promise<void> {
  const { c, table, found, column, next } = change;
  const columns = primaryKeyOf(found)?.columns ?? [];
  if (!saysOther(change, 'isPrimary') || columns.includes(column.name) === next.isPrimary) return;
  const rest = columns.filter((name) => name !== column.name);
  await setPrimaryKey(c, table, found, {
    columns: next.isPrimary ? [...rest, column.name] : rest,
    name: next.primaryKeyConstraintName,
  });
}

async function changeUnique(change: Change): Promise<void> {
  const { c, table, found, column, next } = change;
  const unique = found.constraints.find(
    ({ type, columns }) => type === 'u' && columns.length === 1 && columns[0] === column.name,
  );
  if (!saysOther(change, 'isUnique') || (unique !== undefined) === next.isUnique) return;
  const { namingStrategy } = c.dataSource;
  if (unique !== undefined) await c.g.safeDropConstraint(asName(table), unique.name);
  else
    await c.g.safeCreateUniqueConstraint(asName(table), [column.name], {
      name: namingStrategy.uniqueConstraintName(tablePath(table), [column.name]),
    });
}
