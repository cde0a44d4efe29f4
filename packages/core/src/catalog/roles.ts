/** Roles as SQL writes them: by name, or by a word. */
import { quoteIdent, type SqlFragment, sql, truncateName } from '../sql.js';

/** Roles that are words of SQL. */
const WORDS: readonly string[] = ['public', 'current_user', 'session_user'];

/** Columns of an inspection: `current_user`, `session_user`, and `lacking`, a JSON list of those that do not exist. */
export function roleColumns(roles: readonly string[]): SqlFragment {
  const named = roles.filter((role) => !WORDS.includes(role));
  return sql`current_user as current_user, session_user as session_user,
    (select pg_catalog.json_agg(w) from pg_catalog.unnest(${named}::name[]) w where not exists (select from pg_catalog.pg_roles r where r.rolname = w)) as lacking`;
}

/** The names for which the words stand, cut as the server cuts them; PUBLIC, which is no role, is `public`. */
export function resolveRoles(roles: readonly string[], row: Readonly<Record<string, unknown>>): readonly string[] {
  return roles.map((role) => String((WORDS.includes(role) ? row[role] : undefined) ?? truncateName(role)));
}

/** As it stands in a statement. */
export function printRole(role: string): string {
  return WORDS.includes(role) ? role.toUpperCase() : quoteIdent(role);
}
