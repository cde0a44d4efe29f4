exports.up = (knex) => knex.raw(`
ALTER TABLE engine.webhook RENAME CONSTRAINT webhook_pkey TO "Webhook PK";
ALTER INDEX engine.workflow_name RENAME TO workflow_name_unique;
ALTER TABLE engine.tag RENAME TO label;
ALTER SEQUENCE engine.tag_id_seq RENAME TO label_id_seq;
ALTER TABLE engine.workflow_tag RENAME TO workflow_label;
ALTER TABLE engine.workflow_label RENAME COLUMN tag_id TO label_id;
ALTER TYPE engine.execution_state RENAME VALUE 'error' TO 'failed';
ALTER TYPE engine.execution_state RENAME TO state;
ALTER TRIGGER workflow_touch ON engine.workflow RENAME TO touch;
ALTER FUNCTION engine.touch() RENAME TO touch_workflow;
ALTER DOMAIN engine.nonempty RENAME TO word;
`);

exports.down = (knex) => knex.raw(`
ALTER DOMAIN engine.word RENAME TO nonempty;
ALTER FUNCTION engine.touch_workflow() RENAME TO touch;
ALTER TRIGGER touch ON engine.workflow RENAME TO workflow_touch;
ALTER TYPE engine.state RENAME TO execution_state;
ALTER TYPE engine.execution_state RENAME VALUE 'failed' TO 'error';
ALTER TABLE engine.workflow_label RENAME COLUMN label_id TO tag_id;
ALTER TABLE engine.workflow_label RENAME TO workflow_tag;
ALTER SEQUENCE engine.label_id_seq RENAME TO tag_id_seq;
ALTER TABLE engine.label RENAME TO tag;
ALTER INDEX engine.workflow_name_unique RENAME TO workflow_name;
ALTER TABLE engine.webhook RENAME CONSTRAINT "Webhook PK" TO webhook_pkey;
`);
