/**
 * Temporary tables and the like of a migration without a transaction: when it is interrupted they are gone, and with them what they held. It goes
 * on in another session, where they are made anew.
 */
import type { Node } from 'libpg-query';
import { RefusedError } from '../errors.js';
import { tokenize } from '../lexer.js';
import { dottedName } from '../reading/names.js';
import type { ParsedStatement } from '../reading/parser.js';
import { isOfSession, type Piece } from './piece.js';

export class SessionObjects {
  readonly #names = new Set<string>();
  /** Of those: they do not hold what they held. */
  readonly #lost = new Set<string>();

  /** Does the message change nothing that stays? Then it is sent in each session. */
  own(pieces: readonly Piece[]): boolean {
    return pieces.every((piece) => isOfSession(piece) || this.#isOn(piece));
  }

  /** It is sent. `late`: what comes behind it has run in a session before. */
  sent(pieces: readonly Piece[], late: boolean): void {
    for (const { name, holds } of pieces.flatMap(madeBy)) {
      this.#names.add(name);
      if (late && holds) this.#lost.add(name);
    }
    const dropped = pieces.filter(({ statement }) => statement.kind === 'DropStmt');
    for (const name of dropped.flatMap(({ statement }) => targetsOf(statement))) {
      this.#names.delete(name);
      this.#lost.delete(name);
    }
  }

  /** It is not sent, as it ran in a session before: what it did to them is gone. */
  answered(pieces: readonly Piece[]): void {
    for (const { name } of pieces.flatMap(madeBy)) this.#names.add(name);
    for (const name of pieces.flatMap(({ statement }) => targetsOf(statement)))
      if (this.#names.has(name)) this.#lost.add(name);
  }

  /** Throws `RefusedError` where the message reads what is lost. */
  requireHeld(text: string, migration: string): void {
    if (this.#lost.size === 0) return;
    const words = (tokenize(text) ?? []).filter(({ kind }) => kind === 'word' || kind === 'ident');
    const name = words.find(({ value }) => this.#lost.has(value))?.value;
    if (name === undefined) return;
    throw new RefusedError({
      operation: 'migration',
      target: migration,
      happened: `${name} was of the session that was interrupted, and what it held is gone: made anew it does not hold the same, since statements behind it have run.\nThe statement: ${text}`,
      left: 'What it did before stays, and so does its journal.',
      hint: `Finish the migration by hand, then mark it:\n  npx holdfast mark-applied ${migration}`,
    });
  }

  #isOn({ statement }: Piece): boolean {
    const targets = targetsOf(statement);
    // A WITH clause may change what stays.
    const others = /"(?:InsertStmt|UpdateStmt|DeleteStmt|MergeStmt)":/.test(JSON.stringify(statement.node));
    return targets.length > 0 && !others && targets.every((name) => this.#names.has(name));
  }
}

function madeBy({ reading }: Piece): readonly { readonly name: string; readonly holds: boolean }[] {
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
]);
