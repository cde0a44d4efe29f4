import { appendFileSync } from 'node:fs';

/**
 * Prints what a migration has done. With MIGRATION_REPORT set, adds it to that file too, one line of JSON a migration, for whoever
 * watches deployments.
 * @param {{ report(): import('@holdfast/typeorm').Report }} g
 */
export function printReport(g) {
  const report = g.report();
  console.log(String(report));
  const file = process.env['MIGRATION_REPORT'];
  if (file) appendFileSync(file, `${JSON.stringify(report)}\n`);
}
