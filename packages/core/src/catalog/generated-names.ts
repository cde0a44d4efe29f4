/** Names that Holdfast makes up: the same for the same input, and never cut by the server. */
import { createHash } from 'node:crypto';
import { truncateName } from '../sql.js';

/** The name itself when it fits into 63 bytes; else its beginning and eight characters of its hash. */
export function shortName(name: string): string {
  if (truncateName(name) === name) return name;
  const hash = createHash('sha1').update(name).digest('hex').slice(0, 8);
  let head = name;
  while (Buffer.byteLength(head) > 54) head = [...head].slice(0, -1).join('');
  return `${head}_${hash}`;
}

/** PostgreSQL's own pattern (`users_email_idx`, `users_email_key`, `users_org_id_fkey`, `users_pkey`), cut to fit by a hash instead of a number. */
export function defaultName(
  table: string,
  columns: readonly string[],
  suffix: 'idx' | 'key' | 'pkey' | 'fkey' | 'check' | 'excl',
): string {
  return shortName([table, ...columns, suffix].join('_'));
}
