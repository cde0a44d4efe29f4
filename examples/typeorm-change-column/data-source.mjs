import 'reflect-metadata';
import { AdvancedConsoleLogger, DataSource } from 'typeorm';

/**
 * Each runner has a schema of its own, with the same table in it.
 * @param {'stock' | 'guarded'} runner
 */
export function dataSourceOf(runner) {
  const url = process.env['DATABASE_URL'];
  if (url === undefined) throw new Error('Set DATABASE_URL to the database of the example.');
  return new DataSource({
    type: 'postgres',
    url,
    schema: runner,
    migrations: [`migrations/${runner}.mjs`],
    // Else the command would print every query that it sends.
    logger: new AdvancedConsoleLogger(['schema']),
  });
}
