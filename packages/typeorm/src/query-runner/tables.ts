/** Schemas and tables by TypeORM's names. */
import type { ExclusionLike, TableLike } from '../host.js';
import { keepNote } from '../keep-note.js';
import { asName, type Context, type TableOrName, tableOf } from './context.js';
import { followRename } from './generated-names.js';

export async function createSchema(c: Context, path: string): Promise<void> {
  await c.g.safeCreateSchema(schemaOf(path));
}

export async function dropSchema(c: Context, path: string): Promise<void> {
  await c.g.safeDropSchema(schemaOf(path));
}

/** As TypeORM takes `database.schema`. */
function schemaOf(path: string): string {
  return path.includes('.') ? (path.split('.')[1] as string) : path;
}

export async function createTable(
  c: Context,
  table: TableLike,
  _ifNotExists?: boolean,
  foreignKeys = true,
  indices = true,
): Promise<void> {
  const name = tableOf(c, 'createTable', table);
  const exclusions: readonly ExclusionLike[] = table.exclusions;
  const copy = Object.assign(table.clone(), {
    // Made below: the engine knows no exclusion inside of a definition.
    exclusions: [],
    ...(foreignKeys ? {} : { foreignKeys: [] }),
    ...(indices ? {} : { indices: [] }),
  });
  await c.g.safeCreateTable(copy);
  for (const exclusion of exclusions) await c.g.safeCreateExclusionConstraint(asName(name), exclusion);
}

export async function dropTable(c: Context, table: TableOrName): Promise<void> {
  const name = tableOf(c, 'dropTable', table);
  const found = await c.find('dropTable', name);
  await c.g.safeDropTable(asName(name));
  if (found?.columns.some((column) => column.generated !== null))
    await c.perform(keepNote(c.dataSource, { table: { schema: found.schema, name: found.name } }, null));
}

export async function renameTable(c: Context, table: TableOrName, newName: string): Promise<void> {
  const from = tableOf(c, 'renameTable', table);
  // The search path might find another table of the new name.
  const schema = from.schema ?? (await c.find('renameTable', from))?.schema;
  const to = { schema, name: newName };
  await c.g.safeRenameTable(asName({ schema, name: from.name }), { name: newName });
  const found = await c.find('renameTable', c.planning ? from : to);
  if (found === null) return;
  const column = (name: string): string => name;
  await followRename(c, found, {
    before: { table: from, column },
    after: { table: to, column },
    columns: found.columns,
  });
}

export async function changeTableComment(c: Context, table: TableOrName, comment?: string): Promise<void> {
  await c.g.safeSetComment(asName(tableOf(c, 'changeTableComment', table)), undefined, comment || null);
}
