/** Another session that holds what it has locked while a block runs. */
import { withClient } from '../support/catalog.js';

export async function withRival<T>(url: string, sql: string | undefined, use: () => Promise<T>): Promise<T> {
  if (sql === undefined) return use();
  return withClient(url, async (client) => {
    await client.query('BEGIN');
    await client.query(sql);
    const result = await use();
    await client.query('ROLLBACK');
    return result;
  });
}
