/** Promise 8: a label added in this transaction cannot be used in it (55P04). The use is tried first, so that nothing is lost. */
import { madeHere } from '../catalog/made-here.js';
import { RefusedError } from '../errors.js';
import { sql } from '../sql.js';
import { type Facts, type Step, statementsOf } from './operation.js';
import type { StepRun } from './step-run.js';
import { sqlState, UNSAFE_NEW_ENUM_VALUE } from './translate.js';

/**
 * When the statement names a label that this transaction has made, tries it inside a savepoint and takes it back. Refuses with the
 * host's cure if the server would not let it pass; the transaction goes on. Statements that read or change rows are only explained:
 * the server reads their literals then already. Statements on types are left out: they may name any label.
 */
export async function tryUncommittedLabels<F extends Facts>(run: StepRun<F>, step: Step<F>): Promise<void> {
  const text = statementsOf(step).join('\n');
  if (!/['$]/.test(text) || step.locks.some((lock) => lock.kind === 'other')) return;
  const { connection } = run.context;
  const { rows } = await connection.read(
    sql`select e.enumlabel as label from pg_catalog.pg_enum e where ${madeHere(sql`e.xmin`)}`,
  );
  // Anywhere in the text: '{new}' of an array holds the label, too.
  const used = rows
    .map((row) => String(row['label']))
    .filter((label) => spellings(label).some((spelling) => text.includes(spelling)));
  if (used.length === 0) return;
  await connection.query('SAVEPOINT holdfast_label');
  let failure: unknown;
  try {
    for (const statement of statementsOf(step))
      await connection.query(step.kind === 'sql' ? statement : `EXPLAIN ${statement}`);
  } catch (error) {
    failure = error;
  }
  await connection.script(['ROLLBACK TO SAVEPOINT holdfast_label', 'RELEASE SAVEPOINT holdfast_label']);
  if (sqlState(failure) !== UNSAFE_NEW_ENUM_VALUE) return;
  throw new RefusedError({
    operation: run.operation,
    target: run.target,
    happened: `it uses the enum value ${used.map((label) => `'${label}'`).join(', ')}, which this transaction has added: PostgreSQL lets nobody use a new value before it is committed.`,
    left: run.left(),
    hint: run.context.session.cure('own-transaction'),
    cause: failure,
  });
}

/** A label as it may stand in a literal: plain, dollar-quoted, or with escapes. */
function spellings(label: string): readonly string[] {
  return [label, label.replaceAll('\\', '\\\\')].flatMap((text) => [
    text,
    text.replaceAll("'", "''"),
    text.replaceAll("'", "\\'"),
  ]);
}
