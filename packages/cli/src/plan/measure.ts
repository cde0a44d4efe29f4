/** The copy tells itself what each statement on the schema takes: by event triggers, which run in the statement's own transaction. */
import { REPLAY_SCHEMA } from '../lock/footprint.js';

const MARK = 'holdfast plan';

/**
 * What is installed before the first rehearsed migration. INFO goes to the client whatever it has set, and a rollback does not take it
 * back. The server itself counts sequential scans, of index builds and constraints too, also of tables without rows.
 */
export const MEASURES = `
  CREATE FUNCTION ${REPLAY_SCHEMA}.tell() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
  DECLARE
    rewritten oid;
    columns json;
    altered json;
  BEGIN
    IF tg_event = 'table_rewrite' THEN
      rewritten := pg_catalog.pg_event_trigger_table_rewrite_oid();
    ELSIF tg_event = 'ddl_command_end' THEN
      altered := (SELECT pg_catalog.json_agg(objid::bigint) FROM pg_catalog.pg_event_trigger_ddl_commands() WHERE classid = 'pg_catalog.pg_class'::regclass);
      columns := (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('oid', a.attrelid::bigint, 'number', a.attnum, 'name', a.attname,
          'required', a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''))
        FROM pg_catalog.pg_attribute a WHERE tg_tag = 'ALTER TABLE' AND a.attrelid IN (SELECT objid FROM pg_catalog.pg_event_trigger_ddl_commands())
          AND a.attnum > 0 AND NOT a.attisdropped);
    END IF;
    RAISE INFO USING MESSAGE = '${MARK}', DETAIL = pg_catalog.json_build_object(
      'event', tg_event, 'tag', tg_tag, 'text', pg_catalog.current_query(), 'altered', altered, 'rewritten', rewritten::bigint, 'columns', columns,
      'transaction', (SELECT l.virtualtransaction FROM pg_catalog.pg_locks l WHERE l.pid = pg_catalog.pg_backend_pid() LIMIT 1),
      'locks', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('oid', l.relation::bigint, 'mode', l.mode,
          'name', n.nspname || '.' || c.relname, 'table', coalesce(c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't', true)) ORDER BY l.relation)
        FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_class c ON c.oid = l.relation LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.relation > 16383 AND n.nspname IS DISTINCT FROM '${REPLAY_SCHEMA}'),
      'scans', (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('oid', c.oid::bigint, 'count', pg_catalog.pg_stat_get_xact_numscans(c.oid)))
        FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 'm') AND c.oid > 16383 AND pg_catalog.pg_stat_get_xact_numscans(c.oid) > 0));
  END $$;
  CREATE EVENT TRIGGER holdfast_starts ON ddl_command_start EXECUTE FUNCTION ${REPLAY_SCHEMA}.tell();
  CREATE EVENT TRIGGER holdfast_rewrites ON table_rewrite EXECUTE FUNCTION ${REPLAY_SCHEMA}.tell();
  CREATE EVENT TRIGGER holdfast_ends ON ddl_command_end EXECUTE FUNCTION ${REPLAY_SCHEMA}.tell()`;

/** Tables and views of the copy, with what the live database says of them. */
export const RELATIONS = `SELECT c.oid::bigint AS oid, n.nspname || '.' || c.relname AS name,
    (SELECT pg_catalog.json_agg(a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) AS columns
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.oid > 16383 AND n.nspname <> '${REPLAY_SCHEMA}'`;

export interface Measure {
  readonly event: 'ddl_command_start' | 'table_rewrite' | 'ddl_command_end';
  readonly tag: string;
  /** The message that it came with. */
  readonly text: string;
  /** Relations that it has made or altered. */
  readonly altered: readonly number[] | null;
  readonly transaction: string;
  readonly rewritten: number | null;
  /** Of the tables that the statement altered. `required`: it must have a value and gets none by itself. */
  readonly columns:
    | readonly { readonly oid: number; readonly number: number; readonly name: string; readonly required: boolean }[]
    | null;
  /** `name`: null for what is dropped. `table`: not an index, a sequence or of the session alone. */
  readonly locks:
    | readonly { readonly oid: number; readonly mode: string; readonly name: string | null; readonly table: boolean }[]
    | null;
  readonly scans: readonly { readonly oid: number; readonly count: number }[] | null;
}

/** Null for notices of others. */
export function readMeasure(message: object): Measure | null {
  const { name, message: text, detail } = message as { name?: string; message?: string; detail?: string };
  return name === 'notice' && text === MARK && detail !== undefined ? (JSON.parse(detail) as Measure) : null;
}
