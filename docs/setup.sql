-- The database that every block of the documentation runs on: a small shop. Each block starts on a fresh copy of it.
CREATE TYPE order_status AS ENUM ('new', 'paid', 'shipped');

CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  email text,
  phone text,
  fax text,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint,
  status order_status NOT NULL DEFAULT 'new',
  total numeric(10, 2) NOT NULL,
  currency text,
  placed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE order_items (
  order_id bigint NOT NULL,
  line smallint NOT NULL,
  sku text NOT NULL,
  quantity integer NOT NULL,
  PRIMARY KEY (order_id, line)
);

INSERT INTO customers (name, email, phone)
SELECT 'Customer ' || i, 'customer' || i || '@example.com', '+49 30 ' || 100000 + i FROM generate_series(1, 50) i;

INSERT INTO orders (customer_id, total, currency)
SELECT i % 50 + 1, i * 9.95, 'EUR' FROM generate_series(1, 200) i;

INSERT INTO order_items
SELECT i, line, 'SKU-' || line, 1 FROM generate_series(1, 200) i, generate_series(1, 2) line;
