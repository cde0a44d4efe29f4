import { guard } from '@holdfast/knex';
import type { Knex } from 'knex';
import { printReport } from '../../report.js';

export async function up(knex: Knex): Promise<void> {
  const g = guard(knex);
  // Installations with another way to sign in do not have it.
  await g.when({ schema: 'auth', table: 'auth.users' }, async (part) => {
    await part.safeCreateFunction(
      'make_profile()',
      'RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO public.profiles VALUES (NEW.id, NEW.email); RETURN NEW; END$$',
    );
    await part.safeCreateTrigger(
      'auth.users',
      'make_profile',
      'AFTER INSERT FOR EACH ROW EXECUTE FUNCTION make_profile()',
    );
  });
  printReport(g);
}

export async function down(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.when({ table: 'auth.users' }, (part) => part.safeDropTrigger('auth.users', 'make_profile'));
  await g.safeDropFunction('make_profile()');
}
