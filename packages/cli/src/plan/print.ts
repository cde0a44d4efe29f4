/** A plan as text. */
import type {
  Conflict,
  LiveTable,
  Plan,
  PlannedMigration,
  PlannedStatement,
  PlannedStep,
  SchemaDifference,
} from './result.js';

export function printPlan(plan: Plan): string {
  const { database, server, rehearsedOn, problem, differences, migrations } = plan;
  const head =
    migrations.length === 0
      ? `No migration is pending on ${database} (${server}).`
      : `${count(migrations.length, 'migration')} pending on ${database} (${server}), rehearsed on ${rehearsedOn}:`;
  return [
    head,
    ...otherMajor(plan),
    ...(problem === null ? [] : ['', 'THE GUARD IS NOT IN FORCE.', problem]),
    ...unguardedOf(plan),
    ...goneOf(plan),
    ...differencesOf(differences),
    ...migrations.flatMap((migration) => ['', ...migrationLines(migration)]),
    ...(migrations.length === 0 ? [] : ['']),
    ...lastLine(plan),
  ].join('\n');
}

function lastLine({ migrations, allRun }: Plan): readonly string[] {
  const stops = migrations.filter(({ status }) => status === 'stops' || status === 'uncertain');
  if (migrations.length === 0) return [];
  return [
    stops.length === 0
      ? `${allRun ? 'None of them stops. ' : ''}${NOTHING}`
      : `${stops.length === 1 ? 'One stops, or may stop' : `${stops.length} stop, or may stop`}: ${stops.map(({ name }) => name).join(', ')}. What comes behind does not run then. ${NOTHING}`,
  ];
}

const NOTHING = 'Nothing was changed. The copy has no rows: what rows forbid is found when it runs.';

function otherMajor({ server, rehearsedOn }: Plan): readonly string[] {
  const major = (text: string): string | undefined => /\d+/.exec(text)?.[0];
  return rehearsedOn === null || major(server) === major(rehearsedOn)
    ? []
    : ['The live server is of another major version: forms that depend on it need not be those below.'];
}

function unguardedOf({ problem, migrations }: Plan): readonly string[] {
  const without = migrations.filter(({ guarded, status }) => !guarded && status !== 'not rehearsed');
  if (problem !== null || without.length === 0) return [];
  const all = without.length === migrations.length;
  return [
    '',
    `The guard is not around ${all ? (without.length === 1 ? 'it' : 'any of them') : without.map(({ name }) => name).join(', ')}: what ${without.length === 1 ? 'it sends' : 'they send'} runs as it is written. How it is put around: docs/unedited.md`,
  ];
}

function goneOf({ tool, gone }: Plan): readonly string[] {
  if (gone.length === 0) return [];
  return [
    '',
    `The ledger has what the project does not have: ${gone.join(', ')}.${tool === 'knex' ? ' Knex refuses to run then.' : ''}`,
  ];
}

const MOST = 10;

function differencesOf(differences: readonly SchemaDifference[]): readonly string[] {
  if (differences.length === 0) return [];
  const lines = differences
    .slice(0, MOST)
    .flatMap(({ object, problem, expected, found }) => [
      `  ${problem.padEnd(9)}  ${object}`,
      ...(problem === 'different' ? [`             copy  ${expected}`, `             live  ${found}`] : []),
    ]);
  const more = differences.length > MOST ? [`  and ${differences.length - MOST} more: --json has them all`] : [];
  return [
    '',
    `The copy is what the migrations in the ledger make. The live schema is another one in ${count(differences.length, 'object')}; what is told of ${differences.length === 1 ? 'it' : 'them'} below need not hold:`,
    ...lines,
    ...more,
  ];
}

function migrationLines(planned: PlannedMigration): string[] {
  const { name, status, reason, guarded, inTransaction, warnings, conflicts, statements } = planned;
  const how = inTransaction === null ? '' : inTransaction ? ', in a transaction' : ', outside of a transaction';
  const told = statements.some((statement) => statement.reason === reason);
  return [
    `${name}: ${SAID[status]}${how}`,
    ...(reason === null || told ? [] : block('  ', reason)),
    ...warnings.flatMap((line) => block('  warning: ', line)),
    ...conflicts.flatMap((conflict) => conflictLines(conflict, guarded)),
    ...statements.flatMap(statementLines),
  ];
}

const SAID: Readonly<Record<PlannedMigration['status'], string>> = {
  runs: 'runs',
  done: 'is there already, and is skipped',
  stops: 'stops',
  uncertain: 'runs on the copy, and the live database is another one in what it changes',
  'not rehearsed': 'not rehearsed',
};

function conflictLines({ object, before, after, live }: Conflict, guarded: boolean): string[] {
  if (live === after)
    return [`  ${object}: the live database has it as after it already${guarded ? ', and the guard finds that' : ''}`];
  const print = (line: string | null): string => (line === null ? 'not there' : line === '' ? 'there' : line);
  return [`  ${object}:`, `      copy  ${print(before)}, then ${print(after)}`, `      live  ${print(live)}`];
}

function statementLines(planned: PlannedStatement): string[] {
  const { statement, operation, target, status, reason, form, steps, tables, warnings } = planned;
  const called = operation?.startsWith('safe') === true;
  const itself = steps.length <= 1 && (called || steps.every(({ sql }) => sql === statement));
  const unsized =
    status === 'writes rows' ? tables.map(({ name }) => `      rows of   ${name}${sizeOf(name, tables)}`) : [];
  return [
    `  ${[called ? `${operation} ${target ?? ''}` : '', shorten(statement)].filter((part) => part !== '').join(': ')}`,
    `      ${status === 'not judged' ? 'runs as it is written' : status}${form === 'online' ? ', in a form that keeps writers going' : ''}`,
    ...(reason === null ? [] : block('      ', reason)),
    ...unsized,
    ...steps.flatMap((step) => stepLines(step, itself, tables)),
    ...warnings
      .filter((line) => reason === null || !line.endsWith(reason))
      .flatMap((line) => block('      warning: ', line)),
  ];
}

function stepLines(
  { sql, locks, scans, rewrites, waits }: PlannedStep,
  itself: boolean,
  tables: readonly LiveTable[],
): string[] {
  const meanwhile = waits === 'nobody' ? '' : `; ${waits} wait`;
  return [
    ...(itself ? [] : [`      runs      ${shorten(sql)}`]),
    ...locks.map(
      ({ on, mode, held }) =>
        `      lock      ${words(mode)} on ${on}${sizeOf(on, tables)}${held ? ', held since an earlier statement' : ''}`,
    ),
    ...scans.map((name) => `      reads     all of ${name}${meanwhile}`),
    ...rewrites.map((name) => `      rewrites  all of ${name}${meanwhile}`),
  ];
}

function sizeOf(name: string, tables: readonly LiveTable[]): string {
  const table = tables.find((each) => each.name === name);
  if (table === undefined) return '';
  return ` (${rowsOf(table)}, ${bytes(table.bytes)})`;
}

function rowsOf({ rows }: LiveTable): string {
  if (rows === null) return 'rows never counted';
  return rows === 0 ? 'no rows' : `about ${rows.toLocaleString('en').replaceAll(',', ' ')} rows`;
}

function bytes(value: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const power = value < 1 ? 0 : Math.min(Math.floor(Math.log(value) / Math.log(1024)), units.length - 1);
  return `${Math.round(value / 1024 ** power)} ${units[power]}`;
}

/** `AccessExclusiveLock` → `ACCESS EXCLUSIVE` */
function words(mode: string): string {
  return mode
    .replace(/Lock$/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase();
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > 140 ? `${line.slice(0, 139)}…` : line;
}

function block(indent: string, text: string): string[] {
  return text.split('\n').map((line, i) => `${i === 0 ? indent : ' '.repeat(indent.length)}${line}`);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
