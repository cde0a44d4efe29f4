exports.up = (knex) =>
  knex.raw(`
    CREATE TABLE addresses (
      id          bigserial PRIMARY KEY,
      customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
      kind        text NOT NULL DEFAULT 'billing' CHECK (kind IN ('billing', 'shipping')),
      street      text NOT NULL,
      country     char(2) NOT NULL DEFAULT 'DE',
      UNIQUE (customer_id, kind)
    );
    COMMENT ON TABLE addresses IS 'one of each kind; "history" is in audit_log';
    INSERT INTO addresses (customer_id, street) SELECT id, 'Street ' || id FROM customers ORDER BY id;
    CREATE INDEX ON addresses (country);
  `);

exports.down = (knex) => knex.raw('DROP TABLE addresses');
