exports.up = (knex) => knex.raw(`
CREATE TABLE engine.settings (key text, value text);
INSERT INTO engine.settings VALUES ('timezone', 'Europe/Berlin'), ('saveData', 'true'), ('timezone', 'UTC');
`);

exports.down = (knex) => knex.raw('DROP TABLE engine.settings');
