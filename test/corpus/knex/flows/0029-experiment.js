// Tried and given up within one release.
exports.up = (knex) => knex.raw(`
CREATE TABLE engine.experiment (id int);
ALTER TABLE engine.workflow ADD COLUMN experiment_id int;
UPDATE engine.workflow SET experiment_id = 1;
ALTER TABLE engine.workflow DROP COLUMN experiment_id;
DROP TABLE engine.experiment;
`);

exports.down = () => Promise.resolve();
