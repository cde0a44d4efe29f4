import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    CREATE TABLE shared.audit (
      id bigint GENERATED ALWAYS AS IDENTITY,
      table_name regclass NOT NULL,
      operation char(1) NOT NULL,
      old_row jsonb,
      new_row jsonb
    );
    CREATE FUNCTION shared.audit() RETURNS trigger LANGUAGE plpgsql AS $fn$
    BEGIN
      INSERT INTO shared.audit (table_name, operation, old_row, new_row)
      VALUES (TG_RELID, left(TG_OP, 1), to_jsonb(OLD), to_jsonb(NEW));
      RETURN coalesce(NEW, OLD);
    END;
    $fn$;
  `);
  await knex.raw("CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON shared.members FOR EACH ROW EXECUTE PROCEDURE shared.audit()");
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("DROP TRIGGER audit ON shared.members");
  await knex.raw("DROP FUNCTION shared.audit; DROP TABLE shared.audit;");
}
