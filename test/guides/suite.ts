/**
 * The migrations of each guide, run by the host's own runner: up, up again, down, up; and up from each state that the guide warns of.
 * The first guide's own migration is an example, see test/examples/migrations.test.ts.
 */
import type { Outcome } from '@holdfast/core';
import type pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { errorOf } from '../core/support.js';
import { catalogOf, rowsOf } from '../support/catalog.js';
import { availableMajors, majors, serverFor } from '../support/server.js';
import { conventions } from './conventions/guide.js';
import { events } from './events/guide.js';
import { everyday } from './everyday/guide.js';
import { testWrittenMeanwhile } from './everyday/written-meanwhile.js';
import type { Guide, State } from './guide.js';
import { forget, type Host, openDatabase, readMigrations } from './hosts.js';
import { takeReports } from './report.js';
import { security } from './security/guide.js';
import { testPartialSuccess } from './security/partial-success.js';

const GUIDES = [conventions, security, everyday, events];
const HOSTS = ['Knex', 'TypeORM 1', 'TypeORM 0.3'];

export function describeGuides(name: (typeof HOSTS)[number], host: Host): void {
  describe.each(GUIDES.map((guide, i) => ({ ...guide, i })))(`${name}: $name`, ({ i, ...guide }) => {
    const ways = waysOf(host, i);
    test.each(ways)('up, up again, down and up, on $major, $mode', (way) => walk(host, guide, way));
    // Each state once: what an operation makes of it on every host and in every way is the contract's matter.
    const states = guide.states.filter((_, at) => HOSTS[at % HOSTS.length] === name);
    test.each(states.map((state, at) => ({ ...state, ...(ways[at % ways.length] as Way) })))(
      'from $what, on $major, $mode',
      ({ major, mode, ...state }) => start(host, guide, { major, mode }, state),
    );
  });
  describe(`${name}: ${security.name}`, () => testPartialSuccess(host));
  describe(`${name}: ${everyday.name}`, () => testWrittenMeanwhile(host));
}

/** Each server, and each way to open transactions: the next guide the other way round. */
function waysOf({ modes }: Host, i: number): readonly Way[] {
  const servers = [...new Set([...availableMajors([15, 18]), ...majors])];
  return servers.length === 1
    ? modes.map((mode) => ({ major: servers[0] as number, mode }))
    : servers.map((major, at) => ({ major, mode: modes[(at + i) % modes.length] as string }));
}

interface Way {
  readonly major: number;
  readonly mode: string;
}

async function walk(host: Host, guide: Guide, way: Way): Promise<void> {
  const { client, up, down } = await open(host, guide, way);
  const before = await look(host, client);
  expect(notIdle(await up())).not.toEqual([]);
  const after = await look(host, client);
  for (const line of guide.makes) expect(after.catalog).toContainEqual(matching(line));
  for (const [query, count] of Object.entries(guide.rows ?? {}))
    expect([query, await numberOf(client, query)]).toEqual([query, count]);

  expect(notIdle(await up())).toEqual([]);
  expect(await look(host, client)).toEqual(after);

  await down();
  const back = await look(host, client);
  expect(back.catalog).toEqual(before.catalog);
  const kept = (rows: readonly string[]): readonly string[] =>
    rows.filter((line) => guide.keeps?.includes(line.split(':')[0] as string));
  const others = (rows: readonly string[]): readonly string[] => rows.filter((line) => !kept([line]).includes(line));
  expect(others(back.rows)).toEqual(others(before.rows));
  expect(kept(back.rows)).toEqual(kept(after.rows));

  await up();
  const last = await look(host, client);
  expect(last.catalog).toEqual(after.catalog);
  expect(last.rows).toEqual(after.rows);
}

async function start(host: Host, guide: Guide, way: Way, state: State): Promise<void> {
  const { client, up } = await open(host, guide, way);
  const { sql, stops, repairs = [], skips = [], cure } = state;
  await client.query(sql);
  if (stops !== undefined) {
    const error = await errorOf(up());
    expect(error).toMatchObject({ code: stops.code });
    for (const words of [stops.says].flat()) expect(error.message).toMatch(words);
  } else {
    const outcomes = await up();
    for (const begin of repairs) expect(told(outcomes, 'repaired')).toContainEqual(expect.stringContaining(begin));
    for (const begin of skips) expect(told(outcomes, 'skipped')).toContainEqual(expect.stringContaining(begin));
    expect(notIdle(await up())).toEqual([]);
  }
  if (cure !== undefined) {
    await client.query(cure);
    await up();
  }
  const { catalog, rows } = await look(host, client);
  expect({ catalog, rows }).toEqual(await goal(host, guide, way));
}

type Goal = Promise<Pick<Seen, 'catalog' | 'rows'>>;
const goals = new WeakMap<Host, Map<string, Goal>>();

/** What the migrations make of the database before; of each host and server once. */
function goal(host: Host, guide: Guide, way: Way): Goal {
  const own = goals.get(host) ?? new Map<string, Goal>();
  goals.set(host, own);
  const key = `${guide.name} ${way.major}`;
  const make = async (): Promise<Awaited<Goal>> => {
    const { client, up } = await open(host, guide, way);
    await up();
    const { catalog, rows } = await look(host, client);
    return { catalog, rows };
  };
  const made = own.get(key) ?? make();
  own.set(key, made);
  return made;
}

interface Opened {
  /** Beside the runner: it looks, and makes states. */
  readonly client: pg.Client;
  /** Forgets what has run, then runs it. */
  up(): Promise<readonly Outcome[]>;
  down(): Promise<unknown>;
}

async function open(host: Host, guide: Guide, { major, mode }: Way): Promise<Opened> {
  const { client, url } = await openDatabase(serverFor(major));
  await client.query(guide.setup);
  const runner = await host.open(url, await readMigrations(guide.folder, host), mode);
  onTestFinished(() => runner.close());
  const up = async (): Promise<readonly Outcome[]> => {
    takeReports();
    await forget(client, host);
    await runner.up();
    return takeReports().flatMap(({ outcomes }) => outcomes.flatMap(flatten));
  };
  return { client, up, down: () => runner.down() };
}

function flatten(outcome: Outcome): readonly Outcome[] {
  return [outcome, ...outcome.children.flatMap(flatten)];
}

/** Those that did something, or failed. */
function notIdle(outcomes: readonly Outcome[]): readonly Outcome[] {
  return outcomes.filter(({ status }) => status !== 'unchanged' && status !== 'skipped');
}

function told(outcomes: readonly Outcome[], status: Outcome['status']): readonly string[] {
  return outcomes
    .filter((outcome) => outcome.status === status)
    .map(({ operation, target, reason }) => [`${operation} ${target}`, reason].filter(Boolean).join(': '));
}

function matching(line: string | RegExp): unknown {
  return typeof line === 'string' ? line : expect.stringMatching(line);
}

async function numberOf(client: pg.Client, query: string): Promise<number> {
  const { rows } = await client.query({ text: query, rowMode: 'array' });
  return Number((rows as unknown[][])[0]?.[0]);
}

interface Seen {
  readonly catalog: readonly string[];
  readonly rows: readonly string[];
  /** Changes with every row that is written, of a table or of the catalog, though it be the same as before. */
  readonly written: string;
}

const CATALOGS = [
  'class',
  'attribute',
  'attrdef',
  'constraint',
  'index',
  'type',
  'enum',
  'proc',
  'trigger',
  'policy',
  'description',
];

/** The database without the runner's own tables. */
async function look(host: Host, client: pg.Client): Promise<Seen> {
  const own = (line: string): boolean => !new RegExp(`\\b${host.ledger}(_|\\b)`).test(line);
  const rows = (await rowsOf(client)).filter(own);
  const tables = [
    ...CATALOGS.map((name) => `pg_catalog.pg_${name}`),
    ...rows.map((line) => line.split(':')[0] as string),
  ];
  return { catalog: (await catalogOf(client)).filter(own), rows, written: await stamp(client, tables) };
}

async function stamp(client: pg.Client, tables: readonly string[]): Promise<string> {
  const each = tables.map(
    (table) => `(SELECT md5(string_agg(ctid::text || xmin::text, ' ' ORDER BY ctid)) FROM ${table})`,
  );
  const { rows } = await client.query<{ stamp: string }>(`SELECT concat_ws(' ', ${each.join(', ')}) AS stamp`);
  return (rows[0] as { stamp: string }).stamp;
}
