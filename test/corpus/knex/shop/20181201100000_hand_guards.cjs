exports.up = async (knex) => {
  const { rows } = await knex.raw(
    `SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ? AND column_name = ANY (?)`,
    ['customers', ['newsletter', 'vat_id']]
  );
  const there = rows.map((row) => row.column_name);
  await knex.schema.alterTable('customers', (t) => {
    if (!there.includes('newsletter')) t.boolean('newsletter').notNullable().defaultTo(false);
    if (!there.includes('vat_id')) t.string('vat_id', 14);
  });
  await knex.raw(`
    DO $do$
    BEGIN
      IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'customers_vat_id') THEN
        ALTER TABLE customers ADD CONSTRAINT customers_vat_id CHECK (vat_id ~ '^[A-Z]{2}');
      END IF;
    END
    $do$`);
};

exports.down = (knex) => knex.raw('ALTER TABLE customers DROP CONSTRAINT customers_vat_id; ALTER TABLE customers DROP newsletter, DROP vat_id;');
