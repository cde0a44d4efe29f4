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

/** `DEFERRABLE INITIALLY DEFERRED`; empty for what is checked at once. */
export function deferrableClause(deferrable: boolean | 'immediate' | 'deferred' | undefined): string {
  if (deferrable === undefined || deferrable === false) return '';
  return `DEFERRABLE INITIALLY ${deferrable === 'deferred' ? 'DEFERRED' : 'IMMEDIATE'}`;
}
