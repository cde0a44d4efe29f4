/** Says no before anything is changed: read-only servers, risks, work on a large table that keeps writers waiting. */
import { DependencyError, PrivilegeError, RefusedError } from '../errors.js';
import { printName } from '../names.js';
import { emit, type RunContext } from './context.js';
import { blocksWriters } from './lock-modes.js';
import { decide, loadOf } from './matrix.js';
import { type Facts, type Refusal, type Step, statementsOf } from './operation.js';
import type { Surroundings } from './surroundings.js';

const READ_ONLY: Readonly<Record<'standby' | 'read-only transaction', Refusal>> = {
  standby: {
    refuse: 'the server is a standby (in recovery): nothing can be changed on it.',
    hint: 'Connect to the primary server. In a connection string with several hosts: target_session_attrs=read-write (libpq), else name its host.',
  },
  'read-only transaction': {
    refuse:
      'the transaction is read-only, by SET TRANSACTION or by default_transaction_read_only of the role, database or server.',
    hint: 'See where it comes from:\n  SHOW default_transaction_read_only;\nRun the migration as a role that may write, or SET default_transaction_read_only = off before it.',
  },
};

const BEHIND_POOLER: Refusal = {
  refuse:
    'the connection goes through a pooler such as PgBouncer. What is SET for a statement outside of any transaction could stay on a server session that others use next, and need not hold for the statement.',
  hint: 'Connect the migrations to PostgreSQL itself (its own host and port, not those of the pooler).\nWith pool_mode = session it may run as it is, without limits of its own.',
};

/** Throws the refusal of a plan as a whole, or of one of its steps. A plan without steps is never refused. */
export function judge<F extends Facts>(
  context: RunContext,
  operation: string,
  facts: F,
  steps: readonly Step<F>[],
  surroundings: Surroundings,
): void {
  if (surroundings.readOnly !== null && context.settings.mode === 'apply')
    throw refused(operation, facts, READ_ONLY[surroundings.readOnly]);
  for (const step of steps) judgeStep(context, operation, facts, step, surroundings);
}

/** Refuses a step that names a risk, or that the matrix refuses; reports what the transaction makes of it. */
function judgeStep<F extends Facts>(
  context: RunContext,
  operation: string,
  facts: F,
  step: Step<F>,
  surroundings: Surroundings,
): void {
  if (step.risk !== undefined) refuseUnlessAllowed(context, operation, facts, step.risk);
  if (step.kind === 'sql' && step.commit === 'outside' && context.connection.behindPooler)
    refuseUnlessAllowed(context, operation, facts, BEHIND_POOLER);
  for (const message of context.inHostTransaction ? reportsOn(step, surroundings) : [])
    emit(context.settings, { type: 'warning', operation, target: facts.target, message });
  if (step.work.kind === 'catalog') return;
  const names = [step.work.of, ...(step.work.also ?? [])].map(printName);
  const tables = names.map((name) => surroundings.tables.get(name)).filter((table) => table !== undefined);
  if (tables.length === 0) return;
  const { largeTableBytes } = context.settings;
  // Those who wait for one table of a statement wait for all of them.
  const others = tables.filter((table) => !table.madeHere);
  const bytes = others.reduce((sum, table) => sum + table.bytes, 0);
  const size = others.length === 0 ? 'made here' : bytes < largeTableBytes ? 'small' : 'large';
  const load = loadOf(step);
  if (decide(context.inHostTransaction, load, size) !== 'refuse') return;
  const modes = [...new Set(step.locks.map((lock) => lock.mode))].join(' and ');
  const verb = step.work.kind === 'scan' ? 'reads' : 'rewrites';
  const held = load === 'batches' ? 'its rows stay locked' : `writers wait (${modes})`;
  const until = context.inHostTransaction ? "until the migration's transaction ends" : 'until it is done';
  refuseUnlessAllowed(context, operation, facts, {
    refuse: `it ${verb} all of ${names.join(', ')} (${megabytes(bytes)}; large from ${megabytes(largeTableBytes)} on), and ${held} ${until}.\nThe statement: ${statementsOf(step).join(';\n')}`,
    hint: step.instead ?? (context.inHostTransaction ? context.session.cure('no-transaction') : ''),
  });
}

/** Strong locks of one transaction are all held until its end: a second table, or a scan, makes the wait for the first one longer. */
function reportsOn<F extends Facts>(step: Step<F>, { strong, tables }: Surroundings): readonly string[] {
  // A table may be held in several modes.
  const waiting = [...new Set(strong.map((lock) => lock.on))];
  const others = (name: string): string => waiting.filter((on) => on !== name).join(', ');
  const locked = step.locks
    .filter((lock) => lock.kind === 'table' && blocksWriters(lock.mode))
    .map((lock) => printName(lock.on))
    .filter((name) => tables.get(name)?.madeHere === false && others(name) !== '')
    .map(
      (name) =>
        `${name} is locked while this transaction keeps writers of ${others(name)} waiting already, all until it ends. Give each table a migration of its own.`,
    );
  const scans =
    step.work.kind === 'catalog' || waiting.length === 0
      ? []
      : [
          `the rows of ${[step.work.of, ...(step.work.also ?? [])].map(printName).join(', ')} are worked through while this transaction keeps writers of ${waiting.join(', ')} waiting. Do it in the next migration, outside of this transaction.`,
        ];
  return [...locked, ...scans];
}

function refuseUnlessAllowed(context: RunContext, operation: string, facts: Facts, refusal: Refusal): void {
  const { allow } = context.options;
  if (allow === undefined) {
    const hint = `${refusal.hint}\nTo do it all the same, pass { allow: 'your reason' }.`.trim();
    throw refused(operation, facts, { ...refusal, hint });
  }
  emit(context.settings, {
    type: 'warning',
    operation,
    target: facts.target,
    message: `allowed (${allow}): ${refusal.refuse}`,
  });
}

/** The error of a refusal. */
export function refused(
  operation: string,
  facts: Facts,
  { refuse, hint, dependents, privilege }: Refusal,
): RefusedError | DependencyError | PrivilegeError {
  const fields = { operation, target: facts.target, happened: refuse, hint };
  if (privilege === true) return new PrivilegeError(fields);
  return dependents === undefined ? new RefusedError(fields) : new DependencyError({ ...fields, dependents });
}

function megabytes(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} kB` : `${Math.round(bytes / 1024 / 1024)} MB`;
}
