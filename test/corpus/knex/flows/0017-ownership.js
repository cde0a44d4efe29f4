exports.up = (knex) => knex.raw(`
CREATE TABLE engine.shared_workflow (
  workflow_id integer NOT NULL,
  user_id uuid NOT NULL,
  role_id smallint NOT NULL,
  PRIMARY KEY (workflow_id, user_id)
);
ALTER TABLE engine.shared_workflow
  ADD CONSTRAINT shared_workflow_workflow FOREIGN KEY (workflow_id) REFERENCES engine.workflow (id) ON DELETE CASCADE NOT VALID,
  ADD CONSTRAINT shared_workflow_user FOREIGN KEY (user_id) REFERENCES engine."user" (id) ON DELETE CASCADE NOT VALID,
  ADD FOREIGN KEY (role_id) REFERENCES engine.role (id);
INSERT INTO engine.shared_workflow SELECT w.id, u.id, r.id FROM engine.workflow w, engine."user" u, engine.role r WHERE r.name = 'owner' AND r.scope = 'workflow';
ALTER TABLE engine.shared_workflow VALIDATE CONSTRAINT shared_workflow_workflow;
ALTER TABLE engine.shared_workflow VALIDATE CONSTRAINT shared_workflow_user;
`);

exports.down = (knex) => knex.raw('DROP TABLE engine.shared_workflow');
