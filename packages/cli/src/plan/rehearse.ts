/** Rehearses the pending migrations of a project on a copy of the schema of its live database. */
import { existsSync, readFileSync } from 'node:fs';
import {
  beginRehearsal,
  beginReplay,
  type CatalogLines,
  catalogDelta,
  type Decision,
  decideUp,
  type History,
  HoldfastError,
  historyOf,
  ignoredTables,
  JOURNAL,
  parseSchemaLock,
  type SchemaLock,
  Standing,
} from '@holdfast/core';
import { driftOf } from '../check/drift.js';
import { withConnection } from '../connection.js';
import type { LiteDatabase } from '../lock/replay-database.js';
import { lockPathOf } from '../lock-file.js';
import type { ListedMigration, OpenProject, Project } from '../project/project.js';
import { type Copy, openCopy, readCopy } from './copy.js';
import { plannedStatement } from './describe-heard.js';
import { Hearing, type Relation } from './hearing.js';
import type { PlanJob } from './job.js';
import { type Live, readLive } from './live.js';
import { MEASURES, RELATIONS } from './measure.js';
import type { Conflict, Plan, PlannedMigration, SchemaDifference } from './result.js';

export async function rehearse(project: Project, job: PlanJob): Promise<Plan> {
  const { operation, url } = job;
  const live = await withConnection({ url, operation, env: process.env }, (client) =>
    readLive(client, project, operation),
  );
  const locked = readLock(project, job);
  const base = {
    tool: project.tool,
    database: live.database,
    server: live.server,
    lockFile: locked?.path ?? null,
    problem: project.problem,
    gone: [...live.done].filter((name) => project.migrations.every((each) => each.name !== name)),
  };
  const pending = project.migrations.filter(({ name }) => !live.done.has(name));
  if (pending.length === 0)
    return {
      ...base,
      rehearsedOn: null,
      differences: [],
      migrations: [],
      allRun: base.gone.length === 0 || project.tool !== 'knex',
    };
  const copy = await openCopy(project, job, live);
  try {
    const { differences, migrations } = await rehearseAll({
      project,
      copy,
      live,
      pending,
      history: locked?.history ?? null,
    });
    const version = await copy.database.client.query("SELECT pg_catalog.current_setting('server_version') AS version");
    return {
      ...base,
      rehearsedOn: `PostgreSQL ${String(firstRow(version)?.['version'])} (PGlite)`,
      differences,
      migrations,
      // TypeORM does not mind.
      allRun:
        (base.gone.length === 0 || project.tool !== 'knex') &&
        migrations.every(({ status }) => status === 'runs' || status === 'done'),
    };
  } finally {
    await copy.open.close().catch(() => undefined);
  }
}

/** Whatever the migrations have made, and parts of their tables. What else is in the live database is its own. */
function differencesOf(copy: CatalogLines, live: CatalogLines, history: History | null): readonly SchemaDifference[] {
  const free = new Set(history?.migrations.flatMap(({ varies = [] }) => varies));
  const catalog = catalogDelta(new Map(), copy);
  const all = { name: '', hash: '', catalog, touched: [], needs: [], rows: 'none' as const, tail: false };
  const lock: SchemaLock = { version: 1, tool: 'knex', ignoreTables: [], migrations: [all] };
  return driftOf(lock, 0, live)
    .filter(({ object }) => !free.has(object))
    .map(({ object, problem, expected, found }) => ({ object, problem, expected, found }));
}

function readLock(project: Project, job: PlanJob): { readonly path: string; readonly history: History } | null {
  const path = lockPathOf(job, project);
  if (job.lockFile === undefined && !existsSync(path)) return null;
  return { path, history: historyOf(parseSchemaLock(readFileSync(path, 'utf8'), path)) };
}

interface Pending {
  readonly project: Project;
  readonly copy: Copy;
  readonly live: Live;
  readonly pending: readonly ListedMigration[];
  readonly history: History | null;
}

async function rehearseAll({
  project,
  copy,
  live,
  pending,
  history,
}: Pending): Promise<Pick<Plan, 'differences' | 'migrations'>> {
  const { database, open } = copy;
  await database.client.query(MEASURES);
  const hearing = new Hearing(await readRelations(database, project, live), ignoredNames(project));
  database.listen(hearing);
  const planned: PlannedMigration[] = [];
  const standing = new Standing(new Set(live.done), live.marks);
  let before = await readCopy(copy, project);
  let differences: readonly SchemaDifference[] | null = null;
  let lines = live.lines;
  let lost: string | null = null;
  for (const { name } of pending) {
    const { guarded, transactional } = await project.look(name);
    const decision =
      history === null || !guarded ? null : positionOf(history, live, { name, transactional, lines, standing });
    standing.up(name, decision?.do === 'skip' && decision.proved !== true ? 'found' : 'done');
    // What is there already, although the ledger does not know it, is on the copy by now.
    if (decision?.do !== 'skip') differences ??= differencesOf(before, live.lines, history);
    if (lost !== null) {
      planned.push({ ...NOTHING, name, status: 'not rehearsed', reason: lost, guarded });
      continue;
    }
    const result = await rehearseOne({ name, guarded, decision, open, hearing });
    if (result.status !== 'runs') lost = await replayOne(open, hearing, name);
    const after = await readCopy(copy, project);
    const conflicts = result.status !== 'runs' ? [] : conflictsOf({ before, after, live: lines });
    planned.push(withConflicts(result, conflicts));
    if (result.status !== 'done') lines = withChanges(lines, before, after);
    before = after;
  }
  return { differences: differences ?? differencesOf(before, live.lines, history), migrations: planned };
}

interface Change {
  readonly before: CatalogLines;
  readonly after: CatalogLines;
  readonly live: CatalogLines;
}

function conflictsOf({ before, after, live }: Change): readonly Conflict[] {
  const of = (lines: CatalogLines, key: string): string | null => lines.get(key) ?? null;
  return (
    Object.keys(catalogDelta(before, after))
      .map((signed) => signed.slice(1))
      // What is dropped is dropped, whatever it is.
      .filter((key) => of(live, key) !== of(before, key) && (after.has(key) || !live.has(key)))
      .map((key) => ({ object: key, before: of(before, key), after: of(after, key), live: of(live, key) }))
  );
}

/** What is as after it the guard finds there; everything else nobody has rehearsed. */
function withConflicts(planned: PlannedMigration, conflicts: readonly Conflict[]): PlannedMigration {
  const found = planned.guarded && conflicts.every(({ live, after }) => live === after);
  const { status } = planned;
  return { ...planned, conflicts, status: status === 'runs' && conflicts.length > 0 && !found ? 'uncertain' : status };
}

/** The live catalog once the migration has changed it. */
function withChanges(lines: CatalogLines, before: CatalogLines, after: CatalogLines): CatalogLines {
  const next = new Map(lines);
  for (const [signed, line] of Object.entries(catalogDelta(before, after))) {
    if (line === null) next.delete(signed.slice(1));
    else next.set(signed.slice(1), line);
  }
  return new Map([...next].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function ignoredNames(project: Project): ReadonlySet<string> {
  return new Set([...ignoredTables(project).map(({ name }) => name), JOURNAL]);
}

const NOTHING = { inTransaction: null, warnings: [], conflicts: [], statements: [], reason: null };

interface One {
  readonly name: string;
  readonly guarded: boolean;
  readonly decision: Decision | null;
  readonly open: OpenProject;
  readonly hearing: Hearing;
}

async function rehearseOne({ name, guarded, decision, open, hearing }: One): Promise<PlannedMigration> {
  if (decision?.do === 'skip') return { ...NOTHING, name, status: 'done', reason: decision.reason, guarded };
  if (decision?.do === 'stop') return { ...NOTHING, name, status: 'stops', reason: stopOf(decision), guarded };
  hearing.take();
  const end = beginRehearsal(hearing);
  let error: unknown = null;
  try {
    await open.run(name);
  } catch (cause) {
    error = cause;
  } finally {
    end();
  }
  const { heard, warnings, guarded: found } = hearing.take();
  const statements = heard.map((each) => plannedStatement(each, hearing.relations));
  const own = error === null ? null : reasonOf(error);
  const at = statements.findIndex(({ status }) => status === 'fails' || status === 'refused');
  const failed = statements[at] ?? (own === null ? undefined : statements.at(-1));
  if (own !== null && failed !== undefined)
    statements[statements.indexOf(failed)] = {
      ...failed,
      status: own.refused ? 'refused' : 'fails',
      reason: own.reason,
    };
  return {
    name,
    status: own === null && failed === undefined ? 'runs' : 'stops',
    reason: own?.reason ?? failed?.reason ?? null,
    guarded: found,
    inTransaction: heard[0]?.inTransaction ?? null,
    conflicts: [],
    warnings: [...(decision?.warning === undefined ? [] : [decision.warning]), ...warnings],
    statements,
  };
}

/** What comes behind it is rehearsed as if it had run. Answers why that cannot be; null when it can. */
async function replayOne(open: OpenProject, hearing: Hearing, name: string): Promise<string | null> {
  const end = beginReplay();
  try {
    await open.run(name);
    return null;
  } catch (error) {
    return `${name}, before it, does not run on the copy: ${(error as Error).message}`;
  } finally {
    end();
    hearing.take();
  }
}

function reasonOf(error: unknown): { readonly reason: string; readonly refused: boolean } {
  const inner = (error as { driverError?: unknown }).driverError ?? error;
  return { reason: (inner as Error).message, refused: inner instanceof HoldfastError };
}

interface Asked {
  readonly name: string;
  readonly transactional: boolean;
  readonly lines: CatalogLines;
  /** As it will be when those before it have run. */
  readonly standing: Standing;
}

function positionOf(
  history: History,
  { begun }: Live,
  { name, transactional, lines, standing }: Asked,
): Decision | null {
  const index = history.migrations.findIndex((each) => each.name === name);
  if (index === -1) return null;
  const statements = begun.get(name) ?? 0;
  if (statements > 0 || standing.marks.begun.has(`up ${name}`))
    return {
      do: 'run',
      sure: false,
      warning:
        statements > 0
          ? `${statements} of its statements ran before it was interrupted: it goes on behind them. All of them are shown`
          : 'it was interrupted in its first statement: whether that is done its object tells. All of them are shown',
    };
  return decideUp(history, { live: lines, index, transactional, standing });
}

function stopOf({ reason, have, missing }: Extract<Decision, { do: 'stop' }>): string {
  const listed = (title: string, lines: readonly string[]): string =>
    lines.length === 0
      ? ''
      : `\n${title}: ${lines.slice(0, 5).join(', ')}${lines.length > 5 ? `, and ${lines.length - 5} more` : ''}`;
  return `${reason}.${listed('There', have)}${listed('Missing', missing)}\nSee docs/lock.md, stops and what to do:\n  npx holdfast check`;
}

/** Without the runner's own tables: their locks are those of its bookkeeping. */
async function readRelations(
  database: LiteDatabase,
  project: Project,
  { tables }: Live,
): Promise<ReadonlyMap<number, Relation>> {
  const result = await database.client.query(RELATIONS);
  const byName = new Map(tables.map((table) => [table.name, table]));
  const rows = rowsOf(result) as readonly {
    readonly oid: number;
    readonly name: string;
    readonly columns: readonly number[] | null;
  }[];
  const own = ignoredNames(project);
  const others = rows.filter(({ name }) => !own.has(name.slice(name.indexOf('.') + 1)));
  return new Map(
    others.map(({ oid, name, columns }) => [oid, { name, columns: new Set(columns), live: byName.get(name) ?? null }]),
  );
}

function rowsOf(result: unknown): readonly Record<string, unknown>[] {
  const [first] = Array.isArray(result) ? (result as readonly { rows: Record<string, unknown>[] }[]) : [];
  return first?.rows ?? [];
}

function firstRow(result: unknown): Record<string, unknown> | undefined {
  return rowsOf(result)[0];
}
