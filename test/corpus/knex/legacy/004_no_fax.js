exports.up = (knex) => knex.raw('ALTER TABLE client DROP COLUMN fax; DROP TABLE tmp_import');
exports.down = (knex) => knex.raw('ALTER TABLE client ADD COLUMN fax varchar(20); CREATE TABLE tmp_import (line text)');
