import { guard } from '@holdfast/typeorm';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { printReport } from '../../report.js';

export class MakeProfiles1718000202000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
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

  async down(queryRunner: QueryRunner): Promise<void> {
    const g = guard(queryRunner);
    await g.when({ table: 'auth.users' }, (part) => part.safeDropTrigger('auth.users', 'make_profile'));
    await g.safeDropFunction('make_profile()');
  }
}
