/** Whether TypeORM's own changeColumn would drop the column and add it anew. */
import type { ColumnLike, QueryRunnerLike, TableLike } from '../host.js';
import { isA } from '../recognise.js';

interface Reads {
  getTable(path: string): Promise<TableLike | undefined>;
}

/** As its source decides it, in 0.3 and 1.x alike (PostgresQueryRunner.changeColumn). A column that it does not know counts, too: it would fail. */
export async function recreatesColumn(
  queryRunner: QueryRunnerLike,
  table: TableLike | string,
  from: ColumnLike | string,
  next: ColumnLike,
): Promise<boolean> {
  const old = isA('TableColumn', from) ? (from as ColumnLike) : await find(queryRunner, table, from as string);
  if (old === undefined) return true;
  return (
    old.type !== next.type ||
    old.length !== next.length ||
    old.isArray !== next.isArray ||
    (next.generatedType === 'STORED' && (!old.generatedType || old.asExpression !== next.asExpression))
  );
}

async function find(
  queryRunner: QueryRunnerLike,
  table: TableLike | string,
  name: string,
): Promise<ColumnLike | undefined> {
  const known = isA('Table', table)
    ? (table as TableLike)
    : await (queryRunner as unknown as Reads).getTable(table as string);
  return known?.columns.find((column) => column.name === name);
}
