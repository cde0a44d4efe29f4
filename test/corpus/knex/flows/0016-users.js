exports.up = (knex) => knex.raw(`
CREATE TABLE engine."user" (
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  email varchar(255) NULL,
  "firstName" varchar(32),
  "lastName" varchar(32),
  "resetPasswordTokenExpiration" int,
  CONSTRAINT "PK_user" PRIMARY KEY (id),
  CONSTRAINT "UQ_user_email" UNIQUE (email) DEFERRABLE INITIALLY IMMEDIATE
);
CREATE TABLE engine."role" ("id" smallint PRIMARY KEY, "name" varchar(32) NOT NULL, "scope" varchar(255) NOT NULL, UNIQUE ("scope", "name"));
INSERT INTO engine."role" VALUES (1, 'owner', 'global'), (2, 'member', 'global'), (3, 'owner', 'workflow');
INSERT INTO engine."user" VALUES ('00000000-0000-4000-8000-0000000000aa', 'owner@flows.test');
ALTER TABLE engine."user" ADD COLUMN "globalRoleId" smallint NOT NULL DEFAULT 1 REFERENCES engine."role";
ALTER TABLE engine."user" ALTER COLUMN "globalRoleId" DROP DEFAULT;
`);

exports.down = (knex) => knex.raw('DROP TABLE engine."user"; DROP TABLE engine."role"');
