exports.up = async (knex) => {
  await knex.raw(`
CREATE OR REPLACE FUNCTION take_from_stock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE products SET stock = stock - NEW.quantity WHERE id = NEW.product_id;
  IF NOT FOUND THEN RAISE EXCEPTION 'no such product: %', NEW.product_id; END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER take_from_stock AFTER INSERT ON order_lines FOR EACH ROW EXECUTE FUNCTION take_from_stock();
`);
};

exports.down = async (knex) => {
  await knex.raw('DROP TRIGGER take_from_stock ON order_lines; DROP FUNCTION take_from_stock()');
};
