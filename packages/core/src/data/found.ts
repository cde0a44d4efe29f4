/** The answer of the find functions: a bounded count and some of the rows, as the host's driver parses them. */
import type { Connection, Row } from '../postgres/connection.js';
import { sql } from '../sql.js';
import { COUNT_LIMIT } from './violations.js';

export interface Found {
  /** Exact, or the least there are when `atLeast` is true. */
  readonly count: number;
  readonly atLeast: boolean;
  readonly samples: readonly Row[];
}

/** Counts what stands behind FROM, up to 10 000 or `limit` if that is more, and shows the first `limit`. */
export async function readFound(
  connection: Connection,
  { shown, from, limit = 10 }: { readonly shown: string; readonly from: string; readonly limit?: number | undefined },
): Promise<Found> {
  const bound = Math.max(COUNT_LIMIT, limit) + 1;
  const [counted] = await connection.query(`SELECT count(*)::int AS count FROM (SELECT FROM ${from} LIMIT ${bound}) q`);
  const count = Number(counted?.['count'] ?? 0);
  const samples =
    count === 0 || limit === 0
      ? []
      : await connection.hostQuery(sql.raw(`SELECT ${shown} FROM ${from} LIMIT ${limit}`));
  return { count: Math.min(count, bound - 1), atLeast: count >= bound, samples };
}
