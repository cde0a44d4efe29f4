/** TypeORM's own method names on the guarded runner: the catalog is the one that TypeORM itself would leave, and a second run finds it. */
import { guard } from '@holdfast/typeorm';
import type { QueryRunner } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeAll, MAJORS, makeDatabase, type Opened, open, schemaOf, takenBack } from './majors.js';
import { CASES, giveNames, SETUP } from './query-runner-cases.js';

afterAll(closeAll);

describe.each(MAJORS)('TypeORM %s', (_, typeorm) => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await open(typeorm, await makeDatabase(SETUP));
    await giveNames(typeorm, opened.runner);
  });

  it.each(CASES)('$name', async (each) => {
    const wanted = await takenBack(opened, each.before ?? '', async (runner) => {
      await each.call(runner, typeorm);
      return stateOf(runner);
    });
    await takenBack(opened, each.before ?? '', async (runner) => {
      const first = guard(runner);
      await each.call(first.queryRunner, typeorm);
      expect(await stateOf(runner)).toEqual(wanted);
      expect(statusesOf(first)).toContainEqual(expect.stringMatching(/applied|repaired/));
      const second = guard(runner);
      await each.call(second.queryRunner, typeorm);
      expect(statusesOf(second).filter((status) => status !== 'unchanged')).toEqual([]);
    });
  });
});

function statusesOf(g: ReturnType<typeof guard>): string[] {
  return g.report().outcomes.map(({ status }) => status);
}

/** The schema, and what TypeORM has noted. */
async function stateOf(runner: QueryRunner): Promise<readonly string[]> {
  const notes = (await runner.query('SELECT m::text AS line FROM typeorm_metadata m ORDER BY 1')) as { line: string }[];
  return [...(await schemaOf(runner)), ...notes.map(({ line }) => line)];
}
