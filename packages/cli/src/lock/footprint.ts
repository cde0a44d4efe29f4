/** Which objects the statements of a migration touched: the server says so itself, by event triggers, and the words of the statements. */
import { type CatalogLines, type ObjectName, type PgClient, type PgResult, tokenize } from '@holdfast/core';
import pg from 'pg';

export const REPLAY_SCHEMA = 'holdfast_replay';

/** What is installed before the first migration. A savepoint that is rolled back takes its records along. */
export const RECORDER = `
  CREATE SCHEMA ${REPLAY_SCHEMA};
  CREATE TABLE ${REPLAY_SCHEMA}.touched (tag text, type text, identity text);
  CREATE FUNCTION ${REPLAY_SCHEMA}.made() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO ${REPLAY_SCHEMA}.touched SELECT command_tag, object_type, object_identity FROM pg_catalog.pg_event_trigger_ddl_commands() WHERE NOT in_extension;
  END $$;
  CREATE FUNCTION ${REPLAY_SCHEMA}.dropped() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO ${REPLAY_SCHEMA}.touched SELECT 'DROP', object_type, object_identity FROM pg_catalog.pg_event_trigger_dropped_objects() WHERE NOT is_temporary;
  END $$;
  CREATE EVENT TRIGGER holdfast_made ON ddl_command_end EXECUTE FUNCTION ${REPLAY_SCHEMA}.made();
  CREATE EVENT TRIGGER holdfast_dropped ON sql_drop EXECUTE FUNCTION ${REPLAY_SCHEMA}.dropped()`;

export interface Touch {
  readonly tag: string;
  readonly type: string;
  readonly identity: string;
}

/** What was touched since the last call, what belongs to the runner's own tables aside. */
export async function takeTouched(
  client: PgClient,
  ledger: readonly Pick<ObjectName, 'name'>[],
): Promise<readonly Touch[]> {
  const tables = `(SELECT oid FROM pg_catalog.pg_class WHERE relkind = 'r' AND relname IN (${['', ...ledger.map(({ name }) => name)].map((name) => pg.escapeLiteral(name)).join(', ')}))`;
  const results = (await client.query(
    `SELECT DISTINCT tag, type, identity FROM ${REPLAY_SCHEMA}.touched WHERE identity IS NOT NULL AND NOT EXISTS (
      SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid
        LEFT JOIN pg_catalog.pg_constraint k ON d.refclassid = 'pg_catalog.pg_constraint'::regclass AND k.oid = d.refobjid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE coalesce(k.conrelid, d.refobjid) IN ${tables} AND identity = pg_catalog.format('%I.%I', n.nspname, c.relname));
    DELETE FROM ${REPLAY_SCHEMA}.touched`,
  )) as readonly PgResult[];
  return (results[0]?.rows ?? []) as unknown as readonly Touch[];
}

/** Keys, sorted. Too many rather than too few: of a table that was altered all that the statements name counts as touched. */
export function touchedKeys(
  touches: readonly Touch[],
  texts: readonly string[],
  before: CatalogLines,
  after: CatalogLines,
): readonly string[] {
  const words = new Set(
    texts.filter((text) => !ROWS.test(text)).flatMap((text) => (tokenize(text) ?? []).map(({ value }) => value)),
  );
  const ofTable = TABLE_WORDS.some((word) => words.has(word));
  const keys = new Set<string>();
  const relations = new Set(touches.filter(({ type }) => type !== 'type').map(({ identity }) => identity));
  for (const touch of touches) {
    if (INTERNAL.test(touch.identity)) continue;
    // ALTER TABLE speaks of the table itself in these words only; else of its parts.
    const found = touch.tag === 'ALTER TABLE' && !ofTable ? [] : keysOf(touch, before, after);
    // A type that is there neither before nor after, and is not that of a table's rows: made and dropped.
    const passing =
      touch.type === 'type' && found.length === 0 && !relations.has(touch.identity) && !touch.identity.endsWith('[]');
    for (const key of passing ? [`enum ${touch.identity}`] : found) keys.add(key);
    if (touch.tag === 'DROP' || touch.type !== 'table') continue;
    for (const key of before.keys()) if (named(key, touch.identity, words)) keys.add(key);
  }
  return [...keys].sort();
}

/** Is it part of this table, and does one of the words name it? */
function named(key: string, table: string, words: ReadonlySet<string>): boolean {
  const [kind = ''] = key.split(' ', 1);
  if (!PARTS.has(kind) || !key.startsWith(`${kind} ${table}.`)) return false;
  const name = key.slice(kind.length + table.length + 2);
  return words.has(name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name);
}

/** What is gone with the session; what the server calls by an oid, which is another one each time: where it keeps long values, and triggers of foreign keys and of deferrable constraints. */
const INTERNAL = /^pg_temp|^pg_toast\.|^"(?:RI|PK|Unique)_ConstraintTrigger_/;
const ROWS = /^\s*(?:select|insert|update|delete|with|begin|commit)\b/i;
const TABLE_WORDS = 'set reset row rename attach detach inherit of replica cluster logged unlogged security'.split(' ');
const PARTS = new Set(['column', 'constraint', 'trigger', 'policy', 'rule']);
const TYPES = ['enum', 'domain', 'composite type', 'range type', 'base type'];
const SAME = new Set(
  'table index view sequence schema extension collation server publication operator cast|materialized view|foreign table|event trigger|foreign data wrapper'
    .split('|')
    .flatMap((each, i) => (i === 0 ? each.split(' ') : [each])),
);
const RENAMED: Readonly<Record<string, string>> = {
  'table column': 'column',
  'foreign table column': 'column',
  'statistics object': 'statistics',
};
const ON_RELATION: Readonly<Record<string, string>> = {
  'table constraint': 'constraint',
  'domain constraint': 'domain constraint',
  trigger: 'trigger',
  policy: 'policy',
  rule: 'rule',
};

function keysOf({ type, identity }: Touch, before: CatalogLines, after: CatalogLines): readonly string[] {
  if (SAME.has(type)) return [`${type} ${identity}`];
  if (RENAMED[type] !== undefined) return [`${RENAMED[type]} ${identity}`];
  if (type === 'default value') return [`column ${identity.replace(/^for /, '')}`];
  if (type === 'function' || type === 'procedure' || type === 'aggregate')
    return [`${type} ${identity.replaceAll('pg_catalog.', '').replaceAll(',', ', ').replaceAll(',  ', ', ')}`];
  if (type === 'type') {
    const keys = TYPES.map((kind) => `${kind} ${identity}`);
    return keys.filter((key) => before.has(key) || after.has(key));
  }
  const kind = ON_RELATION[type];
  const on = identity.lastIndexOf(' on ');
  return kind === undefined || on === -1 ? [] : [`${kind} ${identity.slice(on + 4)}.${identity.slice(0, on)}`];
}
