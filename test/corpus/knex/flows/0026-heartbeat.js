exports.up = (knex) => knex.raw(`
CREATE UNLOGGED TABLE engine.heartbeat (host text PRIMARY KEY, seen_at timestamptz NOT NULL DEFAULT clock_timestamp());
INSERT INTO engine.heartbeat (host) VALUES ('main'), ('worker-1');
CREATE RULE no_delete AS ON DELETE TO engine.heartbeat WHERE OLD.host = 'main' DO INSTEAD NOTHING;
`);

exports.down = (knex) => knex.raw('DROP TABLE engine.heartbeat');
