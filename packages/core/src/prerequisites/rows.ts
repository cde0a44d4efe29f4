/** Rows that must not be there. A condition that cannot be asked is missing something as well, and stands in the same report. */
import { readViolations, type Violations } from '../data/violations.js';
import { messageOf, sqlState } from '../engine/translate.js';
import type { MissingPrerequisite } from '../errors.js';
import { parseName, printName, quoteName } from '../names.js';
import type { Connection } from '../postgres/connection.js';
import { miss } from './miss.js';
import type { PrerequisiteFacts, TableAnswer } from './read.js';

/** By table, a condition. Tables that are missing are left to the report of tables. */
export async function rowsInTheWay(
  connection: Connection,
  conditions: Readonly<Record<string, string>>,
  facts: PrerequisiteFacts,
): Promise<readonly MissingPrerequisite[]> {
  const found: MissingPrerequisite[] = [];
  for (const [table, condition] of Object.entries(conditions)) {
    const answer = facts.tables.get(table);
    if (answer === undefined) continue;
    const { name } = parseName('validatePrerequisites', table, undefined);
    const target = { schema: answer.schema, name };
    const said = `rows of ${printName(target)} where ${condition}`;
    const unseen = whyUnseen(answer, facts.role);
    const asked =
      unseen === null
        ? await ask(connection, `SELECT * FROM ${quoteName(target)} WHERE ${condition}`)
        : { why: unseen };
    if ('why' in asked) found.push(miss('rows', table, `${said} cannot be looked for: ${asked.why}`));
    else if (asked.count > 0) found.push(miss('rows', table, describe(asked, said)));
  }
  return found;
}

function whyUnseen({ privileges, hidden }: TableAnswer, role: string): string | null {
  if (hidden) return `row level security is active for the role ${role}; run as a role with BYPASSRLS, or as the owner`;
  return (privileges ?? []).includes('select') ? null : `role ${role} has no SELECT on the table`;
}

function describe({ count, atLeast, samples }: Violations, said: string): string {
  const shown = samples.slice(0, 3).map((sample) => `      ${JSON.stringify(sample)}`);
  return `${atLeast ? 'at least ' : ''}${count} ${said}:\n${shown.join('\n')}`;
}

/** What is wrong with a condition (manual, appendix A: 42, 22), or a label of an enum that is not committed yet. */
const OF_THE_CONDITION = /^(42|22|55P04)/;

/** A condition that fails leaves the transaction as it was. */
async function ask(connection: Connection, query: string): Promise<Violations | { readonly why: string }> {
  const inTransaction = (await connection.transaction()) !== 'none';
  if (inTransaction) await connection.query('SAVEPOINT holdfast_rows');
  try {
    const found = await readViolations(connection, query);
    if (inTransaction) await connection.query('RELEASE SAVEPOINT holdfast_rows');
    return found;
  } catch (error) {
    if (!OF_THE_CONDITION.test(sqlState(error) ?? '')) throw error;
    if (inTransaction)
      await connection.script(['ROLLBACK TO SAVEPOINT holdfast_rows', 'RELEASE SAVEPOINT holdfast_rows']);
    return { why: messageOf(error) };
  }
}
