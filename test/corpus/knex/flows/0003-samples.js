exports.up = (knex) => knex.raw(`
INSERT INTO engine.workflow (name, definition, active) VALUES
  ('daily; report', '{"nodes": [{"type": "cron", "every": "1d"}, {"type": "mail"}]}', true),
  ('it''s manual', '{"nodes": []}', false);
INSERT INTO engine.execution (workflow_id, state, started_at, stopped_at, data)
SELECT w.id, CASE n % 3 WHEN 0 THEN 'error' ELSE 'success' END::engine.execution_state,
  timestamptz '2020-01-01 00:00Z' + n * interval '1 day', timestamptz '2020-01-01 00:01Z' + n * interval '1 day', '{"n": ' || n || '}'
FROM engine.workflow w, generate_series(1, 8) n ORDER BY w.id, n;
`);

exports.down = (knex) => knex.raw('DELETE FROM engine.execution; DELETE FROM engine.workflow');
