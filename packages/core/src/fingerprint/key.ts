/** Keys of catalog lines, taken apart: `materialized view public.totals`. */

/** `materialized view` */
export function kindOf(key: string): string {
  return (/^(?:[a-z]+ )+/.exec(key)?.[0] ?? '').trim();
}

/** `public.totals` */
export function identityOf(key: string): string {
  return key.slice(kindOf(key).length + 1);
}
