/** The extensions that migrations make, and those that they take for granted. */
import { readFileSync } from 'node:fs';
import type { ListedMigration } from '../project/project.js';

export interface Extensions {
  /** PGlite wants to know at its start which ones it is to have the files of. */
  readonly loaded: readonly string[];
  /** Of those: no migration makes it. TypeORM does when it connects, for columns of uuid or citext; or whoever has set up the server. */
  readonly granted: readonly string[];
}

/** By what they are known in the text of a migration, and in the error of a server that lacks them. */
const WORDS: Readonly<Record<string, RegExp>> = {
  'uuid-ossp': /\buuid_(?:generate_v\d|nil|ns_\w+)\b/,
  citext: /\bcitext\b/i,
  hstore: /\bhstore\b/i,
  ltree: /\bltree\b/i,
  pgcrypto: /\b(?:gen_random_bytes|gen_salt|pgp_(?:sym|pub)_\w+)\b/,
  pg_trgm: /\b(?:gin|gist)_trgm_ops\b/,
};

/** These words are others' too: only an error tells. */
const IN_ERRORS: Readonly<Record<string, RegExp>> = {
  ...WORDS,
  pgcrypto: /function (?:gen_random_bytes|gen_salt|crypt|digest|hmac|armor|pgp_\w+)\(/,
  pg_trgm: /"(?:gin|gist)_trgm_ops"|function (?:similarity|word_similarity|show_trgm)\(/,
  btree_gist: /no default operator class for access method "gist"/,
  btree_gin: /no default operator class for access method "gin"/,
  cube: /type "cube" does not exist/,
  unaccent: /function unaccent\(|"unaccent" does not exist/,
  fuzzystrmatch: /function (?:levenshtein|soundex|metaphone|dmetaphone)\(/,
};

/** By the files. */
export function extensionsOf(migrations: readonly ListedMigration[]): Extensions {
  const texts = migrations.map(({ file }) => (file === null ? '' : readFileSync(file, 'utf8')));
  const made = new Set(texts.flatMap((text) => [...text.matchAll(CREATE)].map(([, name = '']) => name.toLowerCase())));
  const named = Object.keys(WORDS).filter((name) => texts.some((text) => WORDS[name]?.test(text)));
  const granted = named.filter((name) => !made.has(name));
  return { loaded: [...made, ...granted].sort(), granted };
}

const CREATE = /create\s+extension\s+(?:if\s+not\s+exists\s+)?\\?"?([\w-]+)/gi;

/** Calls `replay` with those of the files, and once more with each that turns out to be missing, or to be made after all. */
export async function withExtensions<T>(
  migrations: readonly ListedMigration[],
  replay: (extensions: Extensions) => Promise<T>,
): Promise<T> {
  let extensions = extensionsOf(migrations);
  const learned = new Set<string>();
  for (;;) {
    try {
      return await replay(extensions);
    } catch (error) {
      const lesson = lessonOf(error instanceof Error ? error.message : String(error), extensions);
      if (lesson === null || learned.has(lesson.about)) throw error;
      learned.add(lesson.about);
      extensions = lesson.extensions;
    }
  }
}

interface Lesson {
  /** One is learned of each, so that it ends. */
  readonly about: string;
  readonly extensions: Extensions;
}

/** Null where the message speaks of nothing else. */
function lessonOf(message: string, { loaded, granted }: Extensions): Lesson | null {
  const unloaded = /extension "([^"]+)" is not available/.exec(message)?.[1];
  if (unloaded !== undefined)
    return { about: `files of ${unloaded}`, extensions: { loaded: [...new Set([...loaded, unloaded])], granted } };
  const made = /extension "([^"]+)" already exists/.exec(message)?.[1];
  if (made !== undefined)
    return { about: made, extensions: { loaded, granted: granted.filter((name) => name !== made) } };
  if (!/does not exist|no default operator class/.test(message)) return null;
  const name = Object.keys(IN_ERRORS).find((each) => IN_ERRORS[each]?.test(message));
  if (name === undefined) return null;
  return {
    about: name,
    extensions: { loaded: [...new Set([...loaded, name])], granted: [...new Set([...granted, name])] },
  };
}

/** Before the first migration. */
export function grant({ granted }: Extensions): readonly string[] {
  return granted.map((name) => `CREATE EXTENSION IF NOT EXISTS "${name}"`);
}
