/** Is the guard in force? */
import { type Check, count, ok, type ProjectSubject } from './check.js';

const CURES = {
  knex: "Around the whole project:\n  import { GuardedMigrationSource } from '@holdfast/knex';\n  migrations: { migrationSource: new GuardedMigrationSource({ directory: './migrations' }) }   // and no directory beside it\nOr around one migration: module.exports = guarded({ up, down, config });",
  typeorm:
    "Around the whole DataSource:\n  import { guardedDataSource } from '@holdfast/typeorm';\n  export default guardedDataSource(new DataSource({ … }));\nOr around one migration: @Guarded() before its class.",
} as const;

export const guard: Check<ProjectSubject> = {
  name: 'guard',
  async look({ project }) {
    const { problem, migrations, tool } = project;
    if (problem !== null) {
      const [found = '', ...cure] = problem.split('\n');
      return [{ level: 'problem', found: `it is not in force: ${found}`, cure: cure.join('\n') }];
    }
    const without: string[] = [];
    for (const { name } of migrations) if (!(await project.look(name)).guarded) without.push(name);
    if (without.length === 0) return [ok(`around ${count(migrations.length, 'migration')}.`)];
    const list = `${without.slice(0, 5).join(', ')}${without.length > 5 ? `, and ${without.length - 5} more` : ''}`;
    return [
      {
        level: 'warning',
        found: `it is not around ${without.length} of ${count(migrations.length, 'migration')}: ${list}. What they send runs as it is written; operations that they call themselves are not seen from outside.`,
        cure: CURES[tool],
      },
    ];
  },
};
