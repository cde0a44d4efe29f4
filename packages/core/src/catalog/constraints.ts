/** Constraints as the catalog holds them. */

const KINDS: Readonly<Record<string, string>> = {
  c: 'check',
  f: 'foreign key',
  n: 'NOT NULL',
  p: 'primary key',
  t: 'constraint trigger',
  u: 'unique',
  x: 'exclusion',
};

/** `foreign key`, for messages; `type` is pg_constraint.contype. */
export function constraintKind(type: string): string {
  return KINDS[type] ?? `of type ${type}`;
}
