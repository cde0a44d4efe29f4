exports.up = (knex) => knex.raw(`
DO $$
DECLARE
  r record;
BEGIN
  IF NOT EXISTS (SELECT FROM information_schema.columns WHERE table_schema = 'engine' AND table_name = 'workflow' AND column_name = 'static_data') THEN
    ALTER TABLE engine.workflow ADD COLUMN static_data json;
  END IF;
  FOR r IN SELECT id FROM engine.workflow WHERE NOT active LOOP
    UPDATE engine.workflow SET static_data = json_build_object('paused', true) WHERE id = r.id;
  END LOOP;
END
$$;
`);

exports.down = (knex) => knex.raw('ALTER TABLE engine.workflow DROP COLUMN IF EXISTS static_data');
