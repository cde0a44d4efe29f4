/** Views by TypeORM's names. */
import type { ViewLike } from '../host.js';
import { keepNote } from '../keep-note.js';
import { asName, type Context, type ViewOrName, viewOf } from './context.js';

/** A materialized view stays TypeORM's: the guard makes none. */
export async function createView(c: Context, view: ViewLike, syncWithMetadata = false): Promise<void> {
  if (view.materialized) return c.stock('createView', [view, syncWithMetadata]);
  const name = viewOf(c, 'createView', view);
  const { expression } = view;
  const select = typeof expression === 'string' ? expression : expression(c.dataSource as never).getQuery();
  await c.g.safeCreateView(asName(name), select.trim().replace(/;$/, ''));
  if (syncWithMetadata) await c.perform(keepNote(c.dataSource, { view: name }, select.trim()));
}

export async function dropView(c: Context, view: ViewOrName): Promise<void> {
  const name = viewOf(c, 'dropView', view);
  await c.g.safeDropView(asName(name));
  await c.perform(keepNote(c.dataSource, { view: name }, null));
}
