import { guard } from '@holdfast/knex';
import type { Knex } from 'knex';
import { printReport } from '../../report.js';

const ENTRY = {
  id: '6f1c2a52-0b7e-4b7c-9d53-2f6f9f1f0108',
  action: 'schema',
  entity: 'user',
  details: { column: 'source', added: 'service' },
};

export async function up(knex: Knex): Promise<void> {
  const g = guard(knex);
  await g.safeAddEnumValue('person_source', 'service');
  await g.seed('change_log', [ENTRY], { key: 'id' });
  printReport(g);
}

/** The entry stays: it did happen. */
export async function down(knex: Knex): Promise<void> {
  await guard(knex).safeRemoveEnumValue('person_source', 'service', { replaceWith: 'manual' });
}
