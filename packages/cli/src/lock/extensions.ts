/** The extensions of the database that migrations are replayed on: those that they make, and those that they take for granted. */
import { readFileSync } from 'node:fs';
import { tokenize } from '@holdfast/core';
import type { ListedMigration } from '../project/project.js';
import type { InitialSql } from './initial-schema.js';

export interface Extensions {
  /** PGlite wants to know at its start which ones it is to have the files of. One too many does no harm. */
  readonly loaded: readonly string[];
  /** No migration makes them. TypeORM does when it connects, for columns of uuid or citext; or whoever has set up the server. */
  readonly granted: readonly Granted[];
}

export interface Granted {
  readonly name: string;
  /** The migration that failed without it. */
  readonly needed: string;
}

/** By the files, and by what the last run went through with. What is granted, only a replay tells. `initial`: what runs before them. */
export function extensionsOf(
  migrations: readonly ListedMigration[],
  initial: InitialSql | null,
  last: Extensions | null,
): Extensions {
  const files = migrations.map(({ file }) => (file === null ? '' : readFileSync(file, 'utf8')));
  const texts = [initial?.sql ?? '', ...files];
  const named = texts.flatMap((text) => [...text.matchAll(CREATE)].map(([, name = '']) => name.toLowerCase()));
  const { loaded = [], granted = [] } = last ?? {};
  return { loaded: [...new Set([...named, ...loaded])].sort(), granted };
}

const CREATE = /create\s+extension\s+(?:if\s+not\s+exists\s+)?\\?"?([\w-]+)/gi;

/** What a server says that lacks one. */
const LACKS: Readonly<Record<string, RegExp>> = {
  'uuid-ossp': /function uuid_\w+\(/,
  citext: /type "citext"/,
  hstore: /type "hstore"|function hstore\(/,
  ltree: /type "(?:ltree|lquery)"/,
  cube: /type "cube"/,
  pgcrypto: /function (?:gen_random_bytes|gen_salt|crypt|digest|hmac|armor|pgp_\w+)\(/,
  pg_trgm: /"(?:gin|gist)_trgm_ops"|function (?:similarity|word_similarity|show_trgm)\(/,
  btree_gist: /no default operator class for access method "gist"/,
  btree_gin: /no default operator class for access method "gin"/,
  unaccent: /function unaccent\(|dictionary "unaccent"/,
  fuzzystrmatch: /function (?:levenshtein|soundex|metaphone|dmetaphone)\(/,
};

/** A migration that failed in the replay, or one that makes what was granted. */
export interface Failure {
  readonly migration: string;
  readonly message: string;
}

/** Thrown where a migration makes what was granted to it: the replay tells less than what it does. */
export class MadeAfterAll extends Error {
  constructor(readonly extension: string) {
    super(`extension "${extension}" already exists`);
  }
}

/** Throws `MadeAfterAll` when one of the texts makes what was granted. */
export function requireNotMade(texts: readonly string[], { granted }: Extensions): void {
  for (const { name } of granted) if (texts.some((text) => makes(text, name))) throw new MadeAfterAll(name);
}

function makes(text: string, extension: string): boolean {
  if (!/extension/i.test(text)) return false;
  const words = (tokenize(text) ?? []).map(({ value }) => value);
  return words.includes('create') && words.includes('extension') && words.includes(extension);
}

/**
 * Calls `replay` with `known`, and once more with each that turns out to be missing, or to be made after all; one lesson is learned of each, so
 * that it ends. `hasFiles`: can the server be given it? `failureOf`: null for an error of something else than a migration.
 */
export async function withExtensions<T>(
  known: Extensions,
  { hasFiles, failureOf }: { hasFiles(extension: string): Promise<boolean>; failureOf(error: unknown): Failure | null },
  replay: (extensions: Extensions) => Promise<T>,
): Promise<T> {
  let extensions = known;
  const learned = new Map<string, unknown>();
  for (;;) {
    try {
      return await replay(extensions);
    } catch (error) {
      const failure = failureOf(error);
      const lesson = failure === null ? null : lessonOf(failure, extensions);
      if (lesson === null) throw error;
      // It is made behind the migration that lacks it: what that says tells more.
      if (learned.has(lesson.about)) throw error instanceof MadeAfterAll ? learned.get(lesson.about) : error;
      if (lesson.files !== undefined && !(await hasFiles(lesson.files))) throw error;
      learned.set(lesson.about, error);
      extensions = lesson.extensions;
    }
  }
}

interface Lesson {
  readonly about: string;
  /** The server is to be given those of this extension. */
  readonly files?: string;
  readonly extensions: Extensions;
}

/** Null where the message speaks of nothing else. */
function lessonOf({ migration, message }: Failure, { loaded, granted }: Extensions): Lesson | null {
  // Knex puts the statement before the server's own words.
  const said = message.slice(message.lastIndexOf(' - ') + 1);
  const unloaded = /extension "([^"]+)" is not available/.exec(said)?.[1];
  if (unloaded !== undefined)
    return { about: `files of ${unloaded}`, files: unloaded, extensions: { loaded: also(loaded, unloaded), granted } };
  const made = /extension "([^"]+)" already exists/.exec(said)?.[1];
  if (made !== undefined) {
    const others = granted.filter(({ name }) => name !== made);
    return others.length === granted.length ? null : { about: made, extensions: { loaded, granted: others } };
  }
  const name = Object.keys(LACKS).find((each) => LACKS[each]?.test(said));
  if (name === undefined || granted.some((each) => each.name === name)) return null;
  const more = { loaded: also(loaded, name), granted: [...granted, { name, needed: migration }] };
  return { about: name, extensions: more };
}

function also(names: readonly string[], name: string): readonly string[] {
  return [...new Set([...names, name])].sort();
}

/** Before the first migration. */
export function grant({ granted }: Extensions): readonly string[] {
  return granted.map(({ name }) => `CREATE EXTENSION IF NOT EXISTS "${name}"`);
}
