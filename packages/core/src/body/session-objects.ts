/**
 * Temporary tables and the like of a migration without a transaction: when it is interrupted they are gone, and with them what they held. It goes
 * on in another session, where they are made anew.
 */
import type { Node } from 'libpg-query';
import { RefusedError } from '../errors.js';
import { dottedName } from '../reading/names.js';
import type { ParsedStatement } from '../reading/parser.js';
import { isOfSession, type Piece } from './piece.js';

export class SessionObjects {
  /** What the session has. */
  readonly #names = new Set<string>();
  /** Of those: they do not hold what they held. */
  readonly #lost = new Set<string>();
  /** Made by a message that was answered and not sent: in this session the name means something else, or nothing. */
  readonly #absent = new Set<string>();
  /** Made in the transaction that is open. */
  #open: string[] | null = null;

  /** Does the message change nothing that stays? Then it is sent in each session. */
  own(pieces: readonly Piece[]): boolean {
    return pieces.every((piece) => isOfSession(piece) || this.#isOn(piece));
  }

  /** It is sent. `late`: what comes behind it has run in a session before. */
  sent(pieces: readonly Piece[], late: boolean): void {
    for (const piece of pieces) {
      const readsLost = this.#named(piece.statement.text, this.#lost) !== undefined;
      for (const { name, holds } of madeBy(piece)) {
        this.#names.add(name);
        this.#absent.delete(name);
        this.#open?.push(name);
        // What is made of something lost is lost itself: a table that is filled from it, a function that reads it.
        if (readsLost || (late && holds)) this.#lost.add(name);
        else this.#lost.delete(name);
      }
      const targets = targetsOf(piece.statement).filter((name) => this.#names.has(name));
      if (piece.statement.kind === 'DropStmt') for (const name of targets) this.#forget(name);
      else if (readsLost) for (const name of targets) this.#lost.add(name);
      this.#follow(piece.statement);
    }
  }

  /** It is not sent, as it ran in a session before: what it did to them is gone. */
  answered(pieces: readonly Piece[]): void {
    for (const { name } of pieces.flatMap(madeBy)) this.#absent.add(name);
    // A sequence moves on by its name in a string.
    for (const { statement } of pieces) {
      const name = this.#named(statement.text, this.#names);
      const targets = targetsOf(statement);
      if (name !== undefined && /\b(?:nextval|setval)\b/i.test(statement.text)) this.#lost.add(name);
      for (const target of targets) if (this.#names.has(target)) this.#lost.add(target);
    }
  }

  /** Throws `RefusedError` where the message reads what is lost, in a string or the body of a function too. */
  requireHeld(text: string, migration: string): void {
    const name = this.#named(text, this.#lost);
    if (name !== undefined)
      throw gone(name, text, migration, 'made anew it does not hold the same, since statements behind it have run');
    this.requireThere(text, [], migration);
  }

  /** The same for a message that is sent in each session: it may fill or drop what is lost, and not what is absent. */
  requireThere(text: string, pieces: readonly Piece[], migration: string): void {
    const made = new Set(pieces.flatMap(madeBy).map(({ name }) => name));
    const name = this.#named(text, this.#absent);
    if (name !== undefined && !made.has(name))
      throw gone(name, text, migration, 'the message that makes it has run, and is not sent again');
  }

  #isOn({ statement }: Piece): boolean {
    const targets = targetsOf(statement);
    // A WITH clause may change what stays.
    const others = /"(?:InsertStmt|UpdateStmt|DeleteStmt|MergeStmt)":/.test(JSON.stringify(statement.node));
    return targets.length > 0 && !others && targets.every((name) => this.#names.has(name) || this.#absent.has(name));
  }

  /** The first of the names that stands anywhere in the text. */
  #named(text: string, names: ReadonlySet<string>): string | undefined {
    if (names.size === 0) return undefined;
    const words = new Set(text.match(/[\p{L}\p{N}_$]+/gu)?.map((word) => word.toLowerCase()));
    return [...names].find((name) => words.has(name.toLowerCase()) || text.includes(`"${name}"`));
  }

  #forget(name: string): void {
    this.#names.delete(name);
    this.#lost.delete(name);
  }

  /** A transaction that is taken back takes them along, DISCARD all of them; RENAME gives them another name. */
  #follow({ kind, node }: ParsedStatement): void {
    if (kind === 'DiscardStmt') for (const name of [...this.#names]) this.#forget(name);
    if (kind === 'RenameStmt') {
      const { relation, newname } = node as { readonly relation?: Named; readonly newname?: string };
      const [from, to] = [relation?.relname ?? '', newname ?? ''];
      if (node['renameType'] === 'OBJECT_COLUMN' || !this.#names.has(from)) return;
      this.#names.add(to);
      if (this.#lost.has(from)) this.#lost.add(to);
      this.#forget(from);
    }
    if (kind !== 'TransactionStmt') return;
    const does = String(node['kind']);
    if (/BEGIN|START/.test(does)) this.#open = [];
    else if (/ROLLBACK/.test(does)) {
      for (const name of this.#open ?? []) this.#forget(name);
      this.#open = /ROLLBACK_TO/.test(does) ? [] : null;
    } else if (/COMMIT/.test(does)) this.#open = null;
  }
}

function gone(name: string, text: string, migration: string, why: string): RefusedError {
  return new RefusedError({
    operation: 'migration',
    target: migration,
    happened: `${name} was of the session that was interrupted, and what it held is gone: ${why}.\nThe statement: ${text}`,
    left: 'What it did before stays, and so does its journal.',
    hint: `Finish the migration by hand, then mark it:\n  npx holdfast mark-applied ${migration}`,
  });
}

/** Prepared statements as well: they read what they name. */
function madeBy({ reading, statement }: Piece): readonly { readonly name: string; readonly holds: boolean }[] {
  if (statement.kind === 'PrepareStmt') return [{ name: String(statement.node['name']), holds: false }];
  return reading.kind === 'other' && reading.passing !== undefined ? [reading.passing] : [];
}

interface Named {
  readonly relname?: string;
  readonly schemaname?: string;
}

/** Names of the relations that it changes, where it cannot be one of another schema; none where that is not told here. */
function targetsOf({ kind, node }: ParsedStatement): readonly string[] {
  if (kind === 'DropStmt') return droppedBy(node);
  if (!TARGETING.has(kind)) return [];
  const {
    relation,
    relations = [],
    is_from: reads,
  } = node as {
    readonly relation?: Named;
    readonly relations?: readonly { readonly RangeVar?: Named }[];
    readonly is_from?: boolean;
  };
  if (kind === 'CopyStmt' && reads !== true) return [];
  const all = relation === undefined ? relations.map(({ RangeVar }) => RangeVar) : [relation];
  const passing = all.map((each) =>
    each?.schemaname === undefined || each.schemaname === 'pg_temp' ? each?.relname : undefined,
  );
  return passing.every((name) => name !== undefined) ? passing : [];
}

function droppedBy({ objects = [] }: { readonly objects?: readonly Node[] }): readonly string[] {
  const names = objects.map((object) => ('List' in object ? dottedName(object.List.items) : null));
  const passing = names.map((each) =>
    each !== null && (each.schema === undefined || each.schema === 'pg_temp') ? each.name : undefined,
  );
  return passing.every((name) => name !== undefined) ? passing : [];
}

const TARGETING: ReadonlySet<string> = new Set([
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'TruncateStmt',
  'CopyStmt',
  'IndexStmt',
  'AlterTableStmt',
  'RenameStmt',
]);
