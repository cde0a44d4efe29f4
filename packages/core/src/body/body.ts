/**
 * The body of a migration that nobody edits: what it sends is read on its way, what is done already is not done again, what is to do runs
 * as it is written under the policy for locks, and what cannot be decided stops.
 */
import { emit, type RunContext } from '../engine/context.js';
import { GuardRun } from '../engine/guard-run.js';
import { runOperation } from '../engine/run.js';
import { makeReport, type Report } from '../flow/report.js';
import type { Settings } from '../options.js';
import type { Outcome } from '../outcome.js';
import { Connection } from '../postgres/connection.js';
import { recall } from '../postgres/known.js';
import { inTurn } from '../postgres/queue.js';
import { type Answered, type Request, tap, untapped } from '../postgres/tap.js';
import { type ParsedStatement, parseStatements } from '../reading/parser.js';
import { readStatement } from '../reading/read.js';
import type { Reading, SchemaReading } from '../reading/reading.js';
import type { PgClient, PgResult, Session } from '../session.js';
import type { JournalRecord } from '../whole/journal.js';
import { currentRehearsal } from '../whole/rehearsal.js';
import { isReplay } from '../whole/replay.js';
import { explained, Failures, leftOf, tooLate } from './escaped.js';
import { executeStatement } from './execute-statement.js';
import { type Beginning, contextOf, type Execution, idle, type Recorded, within } from './execution.js';
import { isFree } from './free-name.js';
import { HeldTables } from './held-tables.js';
import { HostTransaction } from './host-transaction.js';
import { journaled } from './journaled.js';
import { allToDo, type Foreknown, judgeClauses, letPass, operationsOf } from './judge-clauses.js';
import { effectsOf, isRead, optOut, type Piece, runsOutside, unparsed, unsettles, withoutTexts } from './piece.js';
import {
  asWritten,
  goesOnline,
  nothingDone,
  reportPassed,
  runWritten,
  surroundingsOf,
  type Written,
} from './run-statement.js';
import { SessionObjects } from './session-objects.js';
import { Witness } from './witness.js';

export class Body {
  readonly #run: GuardRun;
  readonly #session: Session;
  readonly #witness = new Witness();
  /** The first message found a transaction that is not the body's own. */
  #inHostTransaction: boolean | undefined;
  /** The catalog has proved that nothing of the migration is there. */
  #sure = false;
  #record: JournalRecord | null = null;
  #transaction: HostTransaction | null = null;
  /** Where nobody tells of the transaction. */
  readonly #ownHeld = new HeldTables();
  readonly #passing = new SessionObjects();
  readonly #open = new Set<Promise<unknown>>();
  readonly #failures = new Failures();
  #failed = false;

  /** `run` collects the outcomes; without it the body has one of its own. */
  constructor(session: Session, settings: Settings, run = new GuardRun(session, settings)) {
    this.#session = session;
    this.#run = run;
  }

  /**
   * What is known of the migration as a whole. `sure`: nothing of it is there, so that in the host's transaction no statement is judged.
   * `record`: the host gives it no transaction, so that each statement is committed together with its entry in the journal. `anyway`: a
   * person has said that it is to run, its rows included; what is there of its schema is found statement by statement.
   */
  begin({ sure, record, anyway }: Beginning): void {
    this.#sure = sure && record === null;
    this.#record = record;
    this.#witness.begin({
      locked: this.#run.settings.migrationId ?? null,
      underWay: sure || (record?.begun === true && !anyway),
      rowsAnyway: anyway,
    });
  }

  /** What is sent on this connection goes through the guard, until the function that comes back is called. */
  attach(client: PgClient): () => void {
    if (isReplay()) return () => undefined;
    const transaction = HostTransaction.of(client);
    this.#transaction ??= transaction;
    const leave = transaction?.enter();
    const end = tap(client, (request) =>
      this.#failures.watch(
        request.text,
        this.awaits(
          inTurn(client, async () => {
            // Behind the runner's ROLLBACK it would stay.
            if (this.#failed) throw tooLate(this.#migration, request.text);
            this.#inHostTransaction ??= (await new Connection(client, this.#session).transaction()) !== 'none';
            return this.#answer(client, request);
          }),
        ),
      ),
    );
    return () => {
      end();
      leave?.();
    };
  }

  /** The host's transaction that it runs in, where the driver tells of it. */
  get transaction(): HostTransaction | null {
    return this.#transaction;
  }

  get #migration(): string {
    return this.#run.settings.migrationId ?? 'migration';
  }

  get #held(): HeldTables {
    return this.#transaction?.held ?? this.#ownHeld;
  }

  /** Resolves when everything that was sent is answered, and whoever waited for it has had his turn. */
  async idle(): Promise<void> {
    await idle(this.#open);
  }

  get isIdle(): boolean {
    return this.#open.size === 0;
  }

  /** The migration has failed: what waits for its turn is not sent any more, and what is under way has as long to end as a statement waits for a lock. */
  async giveUp(): Promise<void> {
    this.#failed = true;
    await within(this.#run.settings.lockTimeoutMs, this.idle());
  }

  /** Does the error come from a statement of this body? */
  caused(error: unknown): boolean {
    return this.#failures.statementOf(error) !== null;
  }

  /** The error as its reader needs it: with the statement, and what is left of the migration. */
  explain(error: unknown): unknown {
    const migration = this.#migration;
    const statement = this.#failures.statementOf(error);
    return statement === null
      ? error
      : explained(error, {
          migration,
          statement,
          left: leftOf(this.#run.outcomes, this.#inHostTransaction === true),
        });
  }

  /** The body is not idle before that has ended. */
  async awaits<T>(promise: Promise<T>): Promise<T> {
    this.#open.add(promise);
    try {
      return await promise;
    } finally {
      this.#open.delete(promise);
    }
  }

  /** Each statement that changes the schema, with what became of it. */
  report(): Report {
    return makeReport(this.#run.settings.migrationId, this.#run.outcomes);
  }

  async #answer(client: PgClient, request: Request): Promise<Answered> {
    const parsed = await parseStatements(request.text);
    const pieces =
      'error' in parsed
        ? [unparsed(request.text, parsed.error)]
        : parsed.map((statement): Piece => ({ statement, reading: readStatement(statement) }));
    currentRehearsal()?.statement(request.text, effectsOf(pieces));
    this.#held.keepUp(recall(client).asides);
    if (pieces.some(unsettles)) this.#held.forget();
    const perform = (): Promise<Answered> => this.#guard(client, request, pieces);
    const [record, passing, migration] = [this.#record, this.#passing, this.#witness.locked ?? ''];
    if (record === null) return perform();
    if (passing.own(pieces)) {
      passing.requireThere(request.text, pieces, migration);
      passing.sent(pieces, record.unseen > 0);
      return perform();
    }
    return journaled(
      {
        record,
        migration,
        client: untapped(client),
        request,
        reads: pieces.every(isRead),
        outside: async () => pieces.some(runsOutside) || this.#goesOnline(client, pieces),
        answered: () => passing.answered(pieces),
      },
      () => {
        passing.requireHeld(request.text, migration);
        passing.sent(pieces, false);
        return perform();
      },
    );
  }

  async #goesOnline(client: PgClient, [piece, ...more]: readonly Piece[]): Promise<boolean> {
    if (piece === undefined || more.length > 0 || piece.reading.kind !== 'schema') return false;
    const { reading, statement } = piece;
    const context = await contextOf(this.#run, new Connection(client, this.#session));
    const judged = await judgeClauses(context, reading, this.#foreknown(context));
    return goesOnline(context, { ...reading, text: statement.text }, judged);
  }

  async #guard(client: PgClient, request: Request, pieces: readonly Piece[]): Promise<Answered> {
    const reason = optOut(request.text);
    if (reason !== null) return this.#unguarded(request, pieces, reason);
    if (pieces.every(({ reading }) => reading.kind === 'other')) {
      if (pieces.some(({ reading }) => reading.kind === 'other' && reading.rows === 'writes'))
        this.#witness.mayRun(request.text, 'rows');
      return request.send();
    }
    const connection = new Connection(client, withoutTexts(this.#session, request, pieces));
    if (pieces.length === 1) return this.#perform(connection, pieces[0] as Piece, () => request.send());
    return this.#performAll(client, connection, pieces, request);
  }

  /** Several statements in one message are one transaction, where none is open (manual, 55.2.2.1). */
  async #performAll(
    client: PgClient,
    connection: Connection,
    pieces: readonly Piece[],
    request: Request,
  ): Promise<Answered> {
    const rules = pieces.some(
      ({ statement, reading }) =>
        statement.kind === 'TransactionStmt' || (reading.kind !== 'other' && reading.outside === true),
    );
    if (rules) return this.#unguarded(request, pieces, 'the message begins or ends transactions itself');
    const raw = untapped(client);
    const own = (await connection.transaction()) === 'none';
    const results: PgResult[] = [];
    const before = this.#run.outcomes.length;
    if (own) await raw.query('BEGIN');
    try {
      for (const piece of pieces) {
        const { reading, statement } = piece;
        if (unsettles(piece)) this.#held.forget();
        const send = async (): Promise<Answered> => raw.query(statement.text);
        if (reading.kind === 'other') {
          if (reading.rows === 'writes') this.#witness.mayRun(statement.text, 'rows');
          results.push((await send()) as PgResult);
        } else results.push((await this.#perform(connection, piece, send)) as PgResult);
      }
      if (own) await raw.query('COMMIT');
    } catch (error) {
      // The first error is the one to report; a connection that is gone has rolled back by itself.
      if (own) {
        await raw.query('ROLLBACK').catch(() => undefined);
        this.#run.outcomes.length = before;
      }
      throw error;
    }
    return results;
  }

  async #unguarded(request: Request, pieces: readonly Piece[], reason: string): Promise<Answered> {
    const started = performance.now();
    const answered = await request.send();
    for (const { statement, reading } of pieces)
      if (reading.kind !== 'other')
        this.#note(reading, { status: 'unguarded', reason, started, steps: [asWritten(statement.text)] });
    return answered;
  }

  async #perform(connection: Connection, piece: Piece, send: () => Promise<Answered>): Promise<Answered> {
    const { reading, statement } = piece;
    const context = await contextOf(this.#run, connection);
    const started = performance.now();
    if (reading.kind === 'unread') {
      this.#witness.mayRun(statement.text, 'schema');
      return this.#runUnread(context, reading, statement, send);
    }
    if (reading.kind === 'other') return send();
    const judged =
      this.#sure && context.inHostTransaction
        ? allToDo(reading)
        : await judgeClauses(context, reading, this.#foreknown(context));
    this.#witness.learn(reading, judged);
    const todo = judged.filter(({ is }) => is === 'to do');
    const finish = judged.filter(({ is }) => is === 'finish');
    if (todo.length === 0 && finish.length === 0) {
      this.#note(reading, { status: 'unchanged', started });
      return nothingDone(statement.text);
    }
    const whole = todo.length === judged.length;
    const text = whole ? statement.text : reading.join(todo.map(({ clause }) => clause));
    const answered =
      todo.length === 0
        ? nothingDone(statement.text)
        : await this.#hearing(context, reading, { judged: todo, text, send: whole ? send : undefined, started });
    const children: Outcome[] = [];
    for (const child of operationsOf(finish)) children.push(await runOperation(context, child));
    if (!whole) this.#note(reading, { status: 'repaired', started, children });
    return answered;
  }

  /** What was not there, and yet stood in the way of IF NOT EXISTS: an index of that name on another table. */
  async #hearing(context: RunContext, reading: SchemaReading, execution: Execution): Promise<Answered> {
    const { result, notices } = await context.connection.hear(() =>
      executeStatement(context, reading, execution, this.#heldIn(context)),
    );
    const { outcome, answered } = result;
    const passed = letPass(execution.judged, notices);
    if (passed !== null) reportPassed(context, { ...reading, text: execution.text }, passed);
    this.#note(reading, passed === null ? outcome : { ...outcome, status: 'unchanged', reason: passed });
    return answered;
  }

  /** The host's own transaction is one, on one connection: the body's may be many, side by side, and of those nothing is kept. */
  #heldIn({ inHostTransaction }: RunContext): HeldTables | null {
    return this.#inHostTransaction === true && inHostTransaction ? this.#held : null;
  }

  #foreknown(context: RunContext): Foreknown {
    const held = this.#heldIn(context);
    return {
      underWay: this.#witness.underWay,
      hasMade: (target, clause) => this.#witness.hasMade(target, clause),
      isMade: (table) => held?.isMade(table) === true,
      isFree: (table) => held?.isFree(context, table) ?? isFree(context, table),
    };
  }

  async #runUnread(
    context: RunContext,
    reading: Extract<Reading, { kind: 'unread' }>,
    { text, kind }: ParsedStatement,
    send: () => Promise<Answered>,
  ): Promise<Answered> {
    const started = performance.now();
    const statement: Written = { does: kind, target: '', text, locks: reading.locks, work: [] };
    const lockable = reading.outside !== true && reading.locks.length > 0;
    if (lockable) await runWritten(context, statement, await surroundingsOf(context, statement));
    const answered = lockable ? nothingDone(text) : await send();
    this.#note(reading, {
      status: 'unguarded',
      reason: reading.reason,
      started,
      steps: [asWritten(text)],
      does: kind,
    });
    return answered;
  }

  /** See `Witness.found`. */
  found(does: PropertyKey, done: boolean): void {
    this.#witness.found(does, done);
  }

  #note(reading: Reading, fields: Recorded): void {
    const { started, does, ...others } = fields;
    const named = reading.kind === 'schema' ? reading : { does: does ?? 'statement', target: '' };
    const outcome: Outcome = {
      operation: named.does,
      target: named.target,
      durationMs: performance.now() - started,
      roundTrips: 0,
      children: [],
      steps: [],
      ...others,
    };
    this.#run.record(outcome);
    if (outcome.status === 'unguarded')
      emit(this.#run.settings, {
        type: 'warning',
        operation: named.does,
        target: named.target,
        message: `not guarded: ${outcome.reason}`,
      });
  }
}
