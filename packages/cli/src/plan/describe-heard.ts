/** What was heard of one statement, as a person wants to know it. */
import { type Outcome, type StepReport, strongerMode } from '@holdfast/core';
import type { Command, Heard, Relation } from './hearing.js';
import type { LiveTable, PlannedStatement, PlannedStep } from './result.js';

export type Relations = ReadonlyMap<number, Relation>;

export function plannedStatement(heard: Heard, relations: Relations): PlannedStatement {
  const outcome = gravest(heard.outcomes);
  const online = isOnline(heard, outcome);
  const asWritten = heard.text !== '' && !online && outcome?.status !== 'repaired';
  const there = outcome?.status === 'unchanged';
  const steps = there
    ? []
    : asWritten
      ? writtenSteps(heard, relations)
      : heard.outcomes.flatMap(stepsOf).map((step) => stepOf(step, heard, relations));
  return {
    statement: heard.text === '' ? (steps[0]?.sql ?? '') : heard.text,
    operation: outcome?.operation ?? heard.operation ?? heard.commands[0]?.tag ?? null,
    target: outcome === undefined || outcome.target === '' ? null : outcome.target,
    ...statusOf(heard, outcome, requiredOf(heard, relations)),
    form: online && !/concurrently/i.test(heard.text) ? 'online' : 'as written',
    steps,
    tables: tablesOf(heard, relations),
    warnings: heard.warnings,
  };
}

/** A message may hold several statements: what becomes of it is what becomes of the one that a person must know of first. */
function gravest(outcomes: readonly Outcome[]): Outcome | undefined {
  return GRAVITY.map((status) => outcomes.find((each) => each.status === status)).find((each) => each !== undefined);
}

const GRAVITY: readonly Outcome['status'][] = [
  'failed',
  'refused',
  'unguarded',
  'repaired',
  'applied',
  'planned',
  'skipped',
  'unchanged',
];

function writtenSteps({ text, commands }: Heard, relations: Relations): readonly PlannedStep[] {
  return commands.length === 0 ? [] : [measuredStep(text, commands, relations)];
}

/** Of a step that the server has told nothing of, such as a count of rows, what its operation declares. */
function stepOf({ sql, locks }: StepReport, { commands }: Heard, relations: Relations): PlannedStep {
  const measured = measuredStep(
    sql,
    commands.filter(({ text }) => sql.includes(text)),
    relations,
  );
  if (measured.locks.length > 0) return measured;
  return { ...measured, locks: locks.map(({ on, mode }) => ({ on, mode, held: false })) };
}

function measuredStep(sql: string, commands: readonly Command[], relations: Relations): PlannedStep {
  const nameOf = (oid: number): string => relations.get(oid)?.name ?? String(oid);
  const rewrites = new Set(commands.flatMap((command) => command.rewrites));
  const scans = new Set(commands.flatMap((command) => command.scans).filter((oid) => !rewrites.has(oid)));
  const oids = new Set(commands.flatMap(({ locks, held }) => [...locks.keys(), ...held.keys()]));
  const locks = [...oids].map((oid) => {
    const taken = commands.flatMap((command) => command.locks.get(oid) ?? []);
    const before = commands.flatMap((command) => command.held.get(oid) ?? []);
    const mode = [...before, ...taken].reduce(strongerMode);
    return { on: nameOf(oid), mode, held: before.includes(mode) && !taken.includes(mode) };
  });
  const worked = [...scans, ...rewrites].map(nameOf);
  const modes = locks.filter(({ on }) => worked.includes(on)).map(({ mode }) => mode);
  return { sql, locks, scans: [...scans].map(nameOf), rewrites: [...rewrites].map(nameOf), waits: waitsFor(modes) };
}

function statusOf(
  heard: Heard,
  outcome: Outcome | undefined,
  required: string | null,
): Pick<PlannedStatement, 'status' | 'reason'> {
  if (required !== null) return { status: 'fails', reason: required };
  if (outcome !== undefined) return { status: STATUS[outcome.status], reason: outcome.reason ?? null };
  if (heard.error !== null) return { status: 'fails', reason: heard.error };
  if (heard.rows === 'writes' && heard.commands.length === 0) return { status: 'writes rows', reason: null };
  return { status: 'not judged', reason: null };
}

const STATUS: Readonly<Record<Outcome['status'], PlannedStatement['status']>> = {
  applied: 'would run',
  unchanged: 'there already',
  repaired: 'would be finished',
  skipped: 'skipped',
  planned: 'would run',
  failed: 'fails',
  refused: 'refused',
  unguarded: 'unguarded',
};

/** The server adds no such column to a table that has rows; the copy has none. */
function requiredOf({ required }: Heard, relations: Relations): string | null {
  const filled = required.flatMap(({ oid, column }) => {
    const live = relations.get(oid)?.live;
    return live === undefined || live === null || live.bytes === 0 || live.rows === 0 ? [] : [{ column, live }];
  });
  const [first] = filled;
  if (first === undefined) return null;
  const { live } = first;
  const columns = filled.map(({ column }) => column).join(', ');
  const has = live.rows === null ? 'may have rows: then' : 'has rows:';
  return `${columns} has no default and must not be NULL, and ${live.name} ${has} the server will refuse it (23502). Add it with a default, or nullable, and set NOT NULL later.`;
}

/** ACCESS EXCLUSIVE keeps all others out; ROW EXCLUSIVE, which writers need, conflicts with SHARE and stronger modes (manual, 13.3.1). */
function waitsFor(modes: readonly string[]): PlannedStep['waits'] {
  if (modes.includes('AccessExclusiveLock')) return 'readers and writers';
  return modes.some((mode) => strongerMode(mode, 'ShareLock') === mode) ? 'writers' : 'nobody';
}

/** The steps of an outcome and of what it consists of. */
function stepsOf({ steps, children }: Outcome): readonly StepReport[] {
  return [...steps, ...children.flatMap(stepsOf)];
}

/** An operation has run in the place of the statement. */
function isOnline({ text }: Heard, outcome: Outcome | undefined): boolean {
  return text !== '' && outcome?.status === 'applied' && outcome.steps.length === 0 && outcome.children.length > 0;
}

function tablesOf({ commands, text, rows }: Heard, relations: Relations): readonly LiveTable[] {
  const named = rows === 'writes' ? namedIn(text, relations) : [];
  const measured = commands.flatMap((each) => [
    ...each.locks.keys(),
    ...each.held.keys(),
    ...each.scans,
    ...each.rewrites,
  ]);
  const oids = new Set([...measured, ...named]);
  return [...oids].map((oid) => relations.get(oid)?.live ?? null).filter((live) => live !== null);
}

/** Statements on rows fire no event trigger: the tables that their words name. */
function namedIn(text: string, relations: Relations): readonly number[] {
  const words = new Set(text.match(/[\w$]+/g) ?? []);
  return [...relations].flatMap(([oid, { name }]) => (words.has(name.slice(name.indexOf('.') + 1)) ? [oid] : []));
}
