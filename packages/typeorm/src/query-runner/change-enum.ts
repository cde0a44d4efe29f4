/** An enum column by changeColumn: its labels, and the type that takes the place of another. */
import type { EnumPosition } from '@holdfast/core';
import { isEnum } from '../columns.js';
import { type Change, saysOther } from './change.js';
import { asName } from './context.js';
import { enumName } from './generated-names.js';

/**
 * Adds the labels that the call adds, where the new definition has them, and answers how to remove those that it leaves out: after the
 * default, which may still name one. TypeORM 0.3 makes the type anew each time and writes every row; 1.x adds at the end whatever the
 * definition says.
 */
export async function addLabels({ c, column, old, next, moves }: Change): Promise<{ remove(): Promise<void> }> {
  const [type, wanted] = [column.enum, next.enum];
  if (type === null || !isEnum(next) || wanted === undefined || moves) return { remove: () => Promise.resolve() };
  const before = old?.enum ?? type.labels;
  const there = [...type.labels];
  for (const label of wanted) {
    if (there.includes(label) || (old !== undefined && before.includes(label))) continue;
    await c.g.safeAddEnumValue(asName(type), label, positionOf(label, wanted, there));
    there.push(label);
  }
  const gone = before.filter((label) => type.labels.includes(label) && !wanted.includes(label));
  return {
    remove: async () => {
      for (const label of gone) await c.g.safeRemoveEnumValue(asName(type), label);
    },
  };
}

/** Behind the label that stands before it, else before the one that follows; at the end where neither is there. */
function positionOf(label: string, wanted: readonly string[], there: readonly string[]): EnumPosition {
  const at = wanted.indexOf(label);
  const after = wanted.slice(0, at).findLast((each) => there.includes(each));
  if (after !== undefined) return { after };
  const before = wanted.slice(at + 1).find((each) => there.includes(each));
  return before === undefined ? {} : { before };
}

/** Must another type take the place of the one that the column has? Renaming it would do, unless others have it or the name is taken. */
export async function movesType({ c, table, found, column, next }: Omit<Change, 'moves'>): Promise<boolean> {
  const type = column.enum;
  if (type === null || !isEnum(next) || type.name === enumName(table, next)) return false;
  return type.shared || c.g.enumExists({ schema: found.schema, name: enumName(table, next) });
}

/** Renames the type that stays, and drops the one that was replaced: TypeORM leaves none behind. One that others have stays. */
export async function settleType({ c, table, found, column, old, next, moves }: Change): Promise<void> {
  const type = column.enum;
  if (type !== null && isEnum(next) && !moves) {
    const name = enumName(table, next);
    // As the definition calls it, once the column has its new name.
    if (type.name !== name && saysOther({ old, next }, 'enumName', 'name'))
      await c.g.safeRenameEnum(asName(type), asName({ schema: type.schema, name }));
    return;
  }
  // What a plan replaces is still there, and with it the use of the type.
  if (c.planning) return;
  if (type !== null) {
    if (!type.shared) await c.g.safeDropEnum(asName(type));
    return;
  }
  // The second time the column does not tell any more what its type was.
  if (old === undefined || !isEnum(old) || isEnum(next)) return;
  const left = { schema: found.schema, name: enumName(table, old) };
  if (await c.isUnusedEnum(left)) await c.g.safeDropEnum(asName(left));
}
