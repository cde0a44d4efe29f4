/** Which clauses of a statement are done already, and which are to do. */
import { emit, type RunContext } from '../engine/context.js';
import { type Judged, judgeOnly } from '../engine/judge-only.js';
import type { Child } from '../engine/operation.js';
import { MismatchError, RefusedError } from '../errors.js';
import type { ObjectName } from '../names.js';
import { type Clause, judgingOf, type SchemaReading } from '../reading/reading.js';
import type { Notice } from '../session.js';

export interface JudgedClause {
  readonly clause: Clause;
  /** `finish`: a part of it is there. */
  readonly is: 'done' | 'to do' | 'finish';
  /** Null where no operation looks. */
  readonly found: Judged | null;
  /** The operation that has looked. */
  readonly by?: Child;
  /** Nothing of it can be there, whatever an operation would find. */
  readonly isNew?: true;
}

/** What is known before anybody looks. */
export interface Foreknown {
  /** An earlier statement of the migration was to do, and so is what follows it. */
  readonly underWay: boolean;
  /** Has this run made the same, without a name? */
  hasMade(target: string, clause: Clause): boolean;
  /** Was the table made by this transaction? */
  isMade(table: ObjectName): boolean;
  /** Has no relation the name? */
  isFree(table: ObjectName): Promise<boolean>;
}

/** Where nothing of the migration can be there. */
export function allToDo({ clauses }: SchemaReading): readonly JudgedClause[] {
  return clauses.map((clause) => ({ clause, is: 'to do', found: null }));
}

/** Judges the clauses in their order. Throws `MismatchError` for an object that is there and is another one. */
export async function judgeClauses(
  context: RunContext,
  reading: SchemaReading,
  { underWay, hasMade, isMade, isFree }: Foreknown,
): Promise<readonly JudgedClause[]> {
  const judged: JudgedClause[] = [];
  const onNew =
    (reading.of !== undefined && isMade(reading.of)) ||
    (reading.creates !== undefined && (await isFree(reading.creates)));
  for (const clause of reading.clauses) {
    if (onNew && clause.drops === undefined && clause.lenient !== true && clause.whereThere !== true) {
      judged.push({ clause, is: 'to do', found: null, isNew: true });
      continue;
    }
    // Behind a clause that is to do the catalog is another one: what would be equal now need not be so then.
    const behind = clause.again === true && clause.unnamed !== true && judged.some(({ is }) => is === 'to do');
    const { judge, onBegun, also = [] } = judgingOf(clause);
    if (judge === 'again' || 'why' in judge || behind) judged.push({ clause, is: 'to do', found: null });
    else {
      const by = isBegun(judged, underWay) ? (onBegun ?? judge) : judge;
      const found = await look(context, by, also);
      judged.push({
        clause,
        by,
        found,
        is:
          found === null
            ? 'to do'
            : decide(context, reading, { clause, found, judged, underWay, twice: hasMade(reading.target, clause) }),
      });
    }
  }
  return replacements(reading, setTogether(judged), underWay);
}

function setTogether(judged: readonly JudgedClause[]): readonly JudgedClause[] {
  const set = new Set(judged.filter(({ is }) => is === 'to do').map(({ clause }) => clause.sets));
  return judged.map((each) =>
    each.is === 'done' && each.clause.sets !== undefined && set.has(each.clause.sets) ? { ...each, is: 'to do' } : each,
  );
}

/** The same clauses, and what the operations find of those that nobody has looked for; nothing is decided by it. */
export async function lookedAt(context: RunContext, judged: readonly JudgedClause[]): Promise<readonly JudgedClause[]> {
  const looked: JudgedClause[] = [];
  for (const each of judged) {
    const { judge } = judgingOf(each.clause);
    const found = each.found ?? (judge === 'again' || 'why' in judge ? null : await look(context, judge, []));
    looked.push({ ...each, found });
  }
  return looked;
}

/** Null where the operation refuses to look: what is wrong with the statement the server will say. */
async function look(context: RunContext, judge: Child, also: readonly Child[]): Promise<Judged | null> {
  try {
    return await judgeAll(context, judge, also);
  } catch (error) {
    if (error instanceof RefusedError && error.code === 'HF_REFUSED') return null;
    throw error;
  }
}

/** What the first of the judges has found that does not find it done. */
async function judgeAll(context: RunContext, first: Child, also: readonly Child[]): Promise<Judged> {
  const found = await judgeOnly(context, first);
  if (found.verdict !== 'present') return found;
  for (const each of also) {
    const more = await judgeOnly(context, each);
    if (more.verdict !== 'present') return more;
  }
  return found;
}

/** Was something of the migration to do before? What is done again each time tells nothing. */
function isBegun(judged: readonly JudgedClause[], underWay: boolean): boolean {
  return underWay || judged.some((earlier) => earlier.is === 'to do' && earlier.clause.again !== true);
}

interface Question {
  readonly clause: Clause;
  readonly found: Judged;
  /** The clauses before it. */
  readonly judged: readonly JudgedClause[];
  readonly underWay: boolean;
  /** This run has made one already. */
  readonly twice: boolean;
}

function decide(
  context: RunContext,
  { does, target }: SchemaReading,
  { clause, found, judged, underWay, twice }: Question,
): JudgedClause['is'] {
  const { verdict, facts } = found;
  const isNext = clause.unnamed === true && (twice || isBegun(judged, underWay));
  if (verdict === 'present') return isNext ? 'to do' : 'done';
  // What stood on something that is gone is gone with it.
  if (verdict === 'absent') return clause.drops !== undefined && facts.missing.length > 0 ? 'done' : 'to do';
  if (verdict === 'partial') return judgingOf(clause).unfinished === true ? 'done' : 'finish';
  // What stands there is taken away before.
  if (judged.some((earlier) => earlier.is === 'to do' && earlier.clause.drops !== undefined)) return 'to do';
  const differences = facts.differences.map((d) => `  ${d.path}: expected ${d.expected}, found ${d.found}`).join('\n');
  if (clause.lenient === true) {
    const message = `it is there, but is not what the statement says, which lets that pass:\n${differences}`;
    emit(context.settings, { type: 'warning', operation: does, target, message });
    return 'done';
  }
  if (verdict === 'unproved' && (underWay || context.settings.onUnproved === 'accept'))
    return underWay ? 'to do' : 'done';
  throw new MismatchError({
    operation: does,
    target: facts.target,
    happened:
      verdict === 'unproved'
        ? `it is there, and whether it is what is asked for cannot be proved:\n${differences}\nThe statement: ${clause.text}`
        : `it is there, but is not what is asked for:\n${differences}\nThe statement: ${clause.text}`,
    differences: facts.differences,
    hint: hintOn(verdict, clause),
  });
}

function hintOn(verdict: Judged['verdict'], { unnamed }: Clause): string {
  if (verdict === 'unproved') return "If the two are the same, pass onUnproved: 'accept'.";
  const own = unnamed === true ? ' If both are wanted, give this one a name.' : '';
  return `Somebody has changed the database or the migration, or a statement behind this one has run already. Bring the two together, then run again.${own}`;
}

/** `DROP x, ADD x`: the catalog before it holds the old x, and after it a new one. */
function replacements(
  { does, target }: SchemaReading,
  judged: readonly JudgedClause[],
  underWay: boolean,
): readonly JudgedClause[] {
  const pairs = judged.flatMap((made) => {
    const dropped = judged.find(({ clause }) => clause.drops !== undefined && clause.drops === made.clause.makes);
    return dropped?.is === 'to do' ? [{ made, dropped }] : [];
  });
  const become = new Map<JudgedClause, JudgedClause['is']>();
  for (const { made, dropped } of pairs) {
    // Equal to what it is to be: replaced already, or about to be replaced by the same.
    const equal = made.is === 'done' && !underWay;
    if (equal && dropped.clause.rows === true) throw undecided(does, target, made.clause);
    become.set(made, equal ? 'done' : 'to do');
    become.set(dropped, equal ? 'done' : 'to do');
  }
  return judged.map((each) => ({ ...each, is: become.get(each) ?? each.is }));
}

function undecided(operation: string, target: string, { text }: Clause): MismatchError {
  return new MismatchError({
    operation,
    target,
    happened: `the column that is dropped and made anew is there as it is to be: whether that is the new one, or the old one with its values, nothing tells.\nThe statement: ${text}`,
    differences: [
      { path: 'column', expected: 'the old one or none', found: 'one that equals the new one', proved: false },
    ],
    hint: 'If the migration has run, mark it as done in the ledger of your runner. If not, drop the column first.',
  });
}

/** Notices of what IF NOT EXISTS and the like have let pass: duplicate_table, _column, _object, _schema, _function. */
const LET_PASS: ReadonlySet<string> = new Set(['42P07', '42701', '42710', '42P06', '42723']);

/** What the server says has stood in the way of clauses that were to do, and what it has let pass; null for nothing. */
export function letPass(judged: readonly JudgedClause[], notices: readonly Notice[]): string | null {
  const looked = judged.some(({ clause, found }) => clause.lenient === true && found !== null);
  const said = notices.filter(({ code = '' }) => LET_PASS.has(code)).map(({ message = '' }) => message);
  return looked && said.length > 0 ? said.join('; ') : null;
}

/** The operations of the clauses. */
export function operationsOf(judged: readonly JudgedClause[]): readonly Child[] {
  return judged.flatMap(({ clause, by }) => {
    const judge = by ?? judgingOf(clause).judge;
    return judge === 'again' || 'why' in judge ? [] : [judge];
  });
}
