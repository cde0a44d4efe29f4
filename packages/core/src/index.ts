/** Guarded schema migrations: the engine, and the guard on a bare `pg` client. */
import { Guard } from './guard/guard.js';
import type { GuardOptions } from './options.js';
import type { PgClient } from './session.js';
import { type PgForms, pgSession } from './session-pg.js';

/**
 * A guard on a connected `pg` client; for Knex and TypeORM see `@holdfast/knex` and `@holdfast/typeorm`. Throws `InvalidArgumentError`
 * for a pool (its statements would land on different connections) and for wrong options. Sends nothing.
 */
export function guard(client: PgClient, options?: GuardOptions): Guard<PgForms> {
  return new Guard(pgSession(client), options);
}

export type { ForeignKeyInput } from './arguments.js';
// for adapters: the bodies of migrations
export { Body } from './body/body.js';
export { runBody } from './body/run-body.js';
export { type ColumnConstraint, type ColumnDefinition, parseColumnDefinition } from './column-definition.js';
export type { BackfillOptions, Condition } from './data/backfill.js';
export type { CopyRowsOptions } from './data/copy-rows.js';
export type { DeleteRowsOptions } from './data/delete-rows.js';
export type { FindDuplicatesOptions } from './data/find-duplicates.js';
export type { FindNullsOptions } from './data/find-nulls.js';
export type { FindOrphansOptions, OrphanPagesOptions } from './data/find-orphans.js';
export type { Found } from './data/found.js';
export type { SeedOptions, SeedRow } from './data/seed.js';
export type { OnViolation } from './data/violations.js';
export type { OperationOptions } from './engine/context.js';
// for adapters
export { unsupportedDialect } from './engine/guard-run.js';
// for the command
export { strongerMode } from './engine/lock-modes.js';
export { type Child, child, type Facts, type Operation } from './engine/operation.js';
// errors
export {
  type Blocker,
  DataViolationError,
  DependencyError,
  type ErrorCode,
  HoldfastError,
  InvalidArgumentError,
  LockTimeoutError,
  MismatchError,
  type MissingPrerequisite,
  PrerequisiteError,
  PrivilegeError,
  RefusedError,
  StepFailedError,
  UnsupportedError,
} from './errors.js';
export type { GuardEvent } from './events.js';
// the catalog as text, for the command and for guarded migrations
export { type CatalogDifference, catalogDifference, restrictLines } from './fingerprint/difference.js';
export { type CatalogLines, type CatalogOptions, readCatalogLines } from './fingerprint/read-catalog-lines.js';
export type { AttemptOptions, Conditions } from './flow/flow.js';
export type { Report } from './flow/report.js';
export type { GrantOptions, Privilege, RevokeOptions } from './guard/access.js';
export type { ColumnChange, ExpandColumnOptions } from './guard/expansions.js';
export { Guard } from './guard/guard.js';
export { type Token, tokenize } from './lexer.js';
export type { ObjectName, TableName } from './names.js';
export type { EnumPosition } from './operations/add-enum-value.js';
export type { ForeignKeyRequest, ReferentialAction } from './operations/add-foreign-key.js';
export type { PrimaryKeyOptions } from './operations/add-primary-key.js';
export type { CheckConstraintOptions, CheckConstraintRequest } from './operations/create-check-constraint.js';
export type { ExclusionElement, ExclusionOptions, ExclusionRequest } from './operations/create-exclusion-constraint.js';
export type { ExtensionOptions } from './operations/create-extension.js';
export type { IndexColumn, IndexOptions, IndexRequest } from './operations/create-index.js';
export type { PolicyOptions } from './operations/create-policy.js';
export type { SequenceOptions } from './operations/create-sequence.js';
export type { CreateTableOptions } from './operations/create-table.js';
export type { UniqueConstraintOptions, UniqueRequest } from './operations/create-unique-constraint.js';
export type { DropIndexOptions } from './operations/drop-index.js';
export type { DropTableOptions } from './operations/drop-table.js';
export type { ValidateConstraintOptions } from './operations/validate-constraint.js';
// arguments
export { type GuardOptions, type Logger, resolveOptions, type Settings } from './options.js';
// results
export type { Difference, LockReport, Outcome, OutcomeStatus, StepReport } from './outcome.js';
export { untapped } from './postgres/tap.js';
export type { PrerequisiteRequest } from './prerequisites/request.js';
export type { PrerequisiteReport } from './prerequisites/validate.js';
export type { DetectPkColumnOptions, PrimaryKey } from './primary-key.js';
// for adapters and the command: the lock of a runner
export { type ReadConstraint, readConstraint } from './read-constraint.js';
export { type ParsedStatement, parseStatements } from './reading/parser.js';
export { freeRowLock, type OtherSession, type RowLock, readRowLock } from './row-lock.js';
export { HELD_BY_PARENT, RUNNER_LOCK_CLASS, type RunnerLock, takeRunnerLock, withRunnerLock } from './runner-lock.js';
export {
  duration,
  type RunnerLockOptions,
  type RunnerLockRequest,
  type RunnerLockSettings,
  resolveRunnerLock,
} from './runner-lock-options.js';
export { type LockSession, openLock, openLockBeside } from './runner-lock-session.js';
export {
  CatalogHistory,
  catalogDelta,
  footprintOf,
  hashText,
  type InitialSchema,
  ignoredTables,
  type LockedMigration,
  parseSchemaLock,
  printSchemaLock,
  type SchemaLock,
} from './schema-lock/schema-lock.js';
export type {
  CompiledColumn,
  CompiledTable,
  HostExpression,
  HostForms,
  Lease,
  PgClient,
  PgQuery,
  PgResult,
  Session,
  Situation,
} from './session.js';
export { inlineSql, type SqlFragment, sql } from './sql.js';
export { type Item, isName, SqlReader } from './sql-reader.js';
export { parseTableDefinition } from './table-definition.js';
export { type TerminalStream, terminal } from './terminal.js';
// for the command: marks of migrations
export { type History, historyOf } from './whole/history.js';
export { JOURNAL, Journal } from './whole/journal.js';
export { namesIn } from './whole/ledger.js';
export { type Marks, noMarks } from './whole/marks.js';
export {
  findLockFile,
  LOCK_FOLDERS,
  lockPlaces,
  tellLockPlaces,
  type WholeOptions,
  wholeOptions,
} from './whole/options.js';
export { type Decision, decideUp } from './whole/position.js';
export { beginRehearsal, hasOneConnection, type Rehearsal } from './whole/rehearsal.js';
export { beginReplay } from './whole/replay.js';
export { MigrationRun } from './whole/run-migration.js';
export { dateBy } from './whole/sources.js';
export { Standing } from './whole/standing.js';
