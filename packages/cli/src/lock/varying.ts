/**
 * What migrations make otherwise from one time to the next: defaults and names by the clock, or by chance. What it is to be nobody can tell, so
 * that it stays out of the lock. It is found out by a second replay, at another time.
 */
import { readFileSync } from 'node:fs';
import type { LockedMigration } from '@holdfast/core';
import type { ListedMigration } from '../project/project.js';

const DAY = 86_400_000;

/** By keys. `line`: it is there each time, and is another one. `name`: it is called otherwise each time. */
export type Varying = ReadonlyMap<string, 'line' | 'name'>;

/** Is it worth a second replay? Where the year or the time stands in what was made just now, or a file draws lots. */
export function mayVary(
  made: readonly LockedMigration[],
  listed: readonly ListedMigration[],
  now = Date.now(),
): boolean {
  // Also in UTC and everywhere else; seconds and milliseconds since 1970 begin alike for eleven days.
  const years = [now - DAY, now + DAY].map((at) => new Date(at).getFullYear());
  const times = new RegExp(`${[...new Set(years)].join('|')}|${String(now).slice(0, 4)}\\d{6}`);
  return (
    made.some(({ catalog }) => Object.entries(catalog).some(([key, line]) => times.test(`${key} ${line ?? ''}`))) ||
    listed.some(({ file }) => file !== null && CHANCE.test(readFileSync(file, 'utf8')))
  );
}

const CHANCE = /\b(?:Math\.random|randomUUID|randomBytes|randomInt|nanoid|uuidv?4)\b/;

/** `first` and `second`: the same migrations, at two times. */
export function varyingOf(first: readonly LockedMigration[], second: readonly LockedMigration[]): Varying {
  const varying = new Map<string, 'line' | 'name'>();
  for (const [i, each] of first.entries()) {
    const other = second[i];
    if (other === undefined) continue;
    const [here, there] = [effectsOf(each), effectsOf(other)];
    for (const key of new Set([...here.keys(), ...there.keys()]))
      if (here.get(key) !== there.get(key)) varying.set(key, here.has(key) && there.has(key) ? 'line' : 'name');
  }
  return varying;
}

function effectsOf({ catalog, touched, needs }: LockedMigration): ReadonlyMap<string, string> {
  const changed = Object.entries(catalog).map(([signed, line]): [string, string] => [
    signed.slice(1),
    `${signed.charAt(0)}${line ?? ''}`,
  ]);
  const named = [...touched, ...needs].map((key): [string, string] => [key, '']);
  return new Map([...named, ...changed]);
}

/** As it stands in the lock. Of what is left out nothing tells whether it ran to its end. */
export function withoutVarying(migration: LockedMigration, varying: Varying): LockedMigration {
  const stays = (key: string): boolean => !varying.has(key);
  const changed = Object.entries(migration.catalog);
  const kept = changed.filter(([signed]) => stays(signed.slice(1)));
  const fixed = {
    ...migration,
    catalog: Object.fromEntries(kept),
    touched: migration.touched.filter(stays),
    needs: migration.needs.filter(stays),
  };
  if (kept.length === changed.length) return fixed;
  const varies = changed.map(([signed]) => signed.slice(1)).filter((key) => varying.get(key) === 'line');
  const { writes: _, ...rest } = fixed;
  return { ...rest, rows: 'writes', tail: true, varies };
}
