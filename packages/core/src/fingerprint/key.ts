/** Keys of catalog lines, taken apart: `materialized view public.totals`. */

/** `materialized view` */
export function kindOf(key: string): string {
  return (/^(?:[a-z]+ )+/.exec(key)?.[0] ?? '').trim();
}

/** `public.totals` */
export function identityOf(key: string): string {
  return key.slice(kindOf(key).length + 1);
}

/** The schema that the object of a key lives in, or is; null outside of all. Bare, as the server has it. */
export function schemaOf(key: string): string | null {
  const [, kind = '', quoted, bare = '', dot] = /^((?:[a-z]+ )+)(?:"((?:[^"]|"")+)"|([^\s.("]+))(\.)?/.exec(key) ?? [];
  return dot === undefined && kind !== 'schema ' ? null : (quoted?.replaceAll('""', '"') ?? bare);
}
