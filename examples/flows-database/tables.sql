-- A platform runs flows: discovery, assessment and collection. Each flow should belong to a row of flow_masters, and the link to it,
-- master_flow_id, should never be NULL. collection_flows was never rolled out here, and flow_type does not know 'assessment' yet.
CREATE SCHEMA migration;

CREATE TYPE migration.flow_type AS ENUM ('discovery', 'collection');
CREATE TYPE migration.flow_status AS ENUM ('active', 'paused', 'completed', 'failed');

CREATE TABLE migration.flow_masters (
  flow_id uuid PRIMARY KEY,
  flow_type migration.flow_type NOT NULL,
  client_account_id uuid NOT NULL,
  engagement_id uuid NOT NULL,
  status migration.flow_status NOT NULL DEFAULT 'active',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE migration.discovery_flows (
  id uuid PRIMARY KEY,
  master_flow_id uuid,
  client_account_id uuid NOT NULL,
  engagement_id uuid NOT NULL,
  name text NOT NULL,
  created_at timestamptz DEFAULT now(),
  updated_at timestamptz
);

-- Written by another team: its key has another name.
CREATE TABLE migration.assessment_flows (
  flow_id uuid PRIMARY KEY,
  master_flow_id uuid,
  client_account_id uuid NOT NULL,
  engagement_id uuid NOT NULL,
  name text NOT NULL,
  created_at timestamptz DEFAULT now(),
  updated_at timestamptz
);

-- What was done to whom, in the order in which it happened.
CREATE TABLE migration.flow_audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  flow_id uuid NOT NULL,
  action text NOT NULL CHECK (action IN ('master created', 'master removed')),
  done_by varchar(40) NOT NULL,
  done_at timestamptz NOT NULL DEFAULT now()
);

-- 3 000 discovery flows. Every 400th came in by an old import, without a date.
INSERT INTO migration.discovery_flows (id, client_account_id, engagement_id, name, created_at, updated_at)
SELECT md5('discovery ' || i)::uuid, md5('client ' || i % 40)::uuid, md5('engagement ' || i % 90)::uuid,
  CASE i % 7 WHEN 0 THEN 'O''Brien & Söhne – wave ' ELSE 'Data centre wave ' END || i,
  CASE WHEN i % 400 <> 0 THEN timestamptz '2024-01-01 08:00:00Z' + i * interval '37 minutes' END,
  timestamptz '2024-06-01 08:00:00Z' + i * interval '11 minutes'
FROM generate_series(1, 3000) i;

-- Four out of five have their master.
INSERT INTO migration.flow_masters (flow_id, flow_type, client_account_id, engagement_id, status, created_at, updated_at)
SELECT md5('discovery ' || i)::uuid, 'discovery', md5('client ' || i % 40)::uuid, md5('engagement ' || i % 90)::uuid,
  (ARRAY['active', 'paused', 'completed', 'failed']::migration.flow_status[])[i % 4 + 1],
  timestamptz '2024-01-01 08:00:00Z' + i * interval '37 minutes', timestamptz '2024-06-01 08:00:00Z'
FROM generate_series(1, 3000) i WHERE i % 5 <> 0;

-- Some are linked to it, some are a part of the flow before them and must stay so; most are linked to nothing.
UPDATE migration.discovery_flows f SET master_flow_id = f.id
FROM generate_series(1, 3000) i WHERE i % 10 = 1 AND f.id = md5('discovery ' || i)::uuid;
UPDATE migration.discovery_flows f SET master_flow_id = md5('discovery ' || i - 1)::uuid
FROM generate_series(1, 3000) i WHERE i % 50 = 2 AND f.id = md5('discovery ' || i)::uuid;

-- 1 800 assessment flows without any link. 200 of them go on under the key of the discovery flow that they came from.
INSERT INTO migration.assessment_flows (flow_id, client_account_id, engagement_id, name, created_at, updated_at)
SELECT CASE WHEN i % 9 = 0 THEN md5('discovery ' || i)::uuid ELSE md5('assessment ' || i)::uuid END,
  md5('client ' || i % 40)::uuid, md5('engagement ' || i % 90)::uuid, 'Assessment ' || i,
  timestamptz '2024-03-01 08:00:00Z' + i * interval '41 minutes', timestamptz '2024-06-01 08:00:00Z'
FROM generate_series(1, 1800) i;

-- What earlier tries have left. By hand: a column on one of the tables, and the flows of one engagement linked with it.
ALTER TABLE migration.discovery_flows ADD COLUMN restored_by varchar(40);
UPDATE migration.discovery_flows f SET master_flow_id = f.id, restored_by = 'by hand'
FROM generate_series(1, 3000) i WHERE i % 25 = 3 AND f.id = md5('discovery ' || i)::uuid;
-- A foreign key that was added without reading the old rows, and never validated.
ALTER TABLE migration.assessment_flows ADD CONSTRAINT assessment_flows_master_flow_id_fkey
  FOREIGN KEY (master_flow_id) REFERENCES migration.flow_masters (flow_id) NOT VALID;
-- A deployment that was killed halfway through SET NOT NULL: the check that it works with is still there.
ALTER TABLE migration.discovery_flows ADD CONSTRAINT holdfast_not_null_discovery_flows_master_flow_id
  CHECK (master_flow_id IS NOT NULL) NOT VALID;
