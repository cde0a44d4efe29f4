/**
 * What all processes of the test have in common, as a project would have it in one file.
 * @template T
 * @param {(strings: TemplateStringsArray) => T} sql
 */
export const upperEmail = (sql) => ({
  queue: 'upper-email',
  table: 'people',
  set: { email: sql`upper(email)` },
  rangeRows: 100,
  expireInSeconds: 2,
  lockTimeoutMs: 30_000,
});
