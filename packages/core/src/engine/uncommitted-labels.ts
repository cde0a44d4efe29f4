/** Promise 8: a label added in this transaction cannot be used in it (55P04). The use is tried first, so that nothing is lost. */
import { madeHere } from '../catalog/made-here.js';
import { RefusedError } from '../errors.js';
import { quoteLiteral, sql } from '../sql.js';
import type { StepRun } from './execute.js';
import type { Facts, SqlStep } from './operation.js';
import { sqlState, UNSAFE_NEW_ENUM_VALUE } from './translate.js';

/**
 * When the statement names a label that this transaction has made, runs it inside a savepoint and takes it back. Refuses with the
 * host's cure if the server would not let it pass; the transaction goes on. Statements on types are left out: they may name any label.
 */
export async function tryUncommittedLabels<F extends Facts>(run: StepRun<F>, step: SqlStep<F>): Promise<void> {
  if (!step.sql.includes("'") || step.locks.some((lock) => lock.kind === 'other')) return;
  const { connection } = run.context;
  const { rows } = await connection.read(
    sql`select e.enumlabel as label from pg_catalog.pg_enum e where ${madeHere(sql`e.xmin`)}`,
  );
  const used = rows.map((row) => String(row['label'])).filter((label) => step.sql.includes(quoteLiteral(label).trim()));
  if (used.length === 0) return;
  await connection.query('SAVEPOINT holdfast_label');
  let failure: unknown;
  try {
    await connection.query(step.sql);
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
