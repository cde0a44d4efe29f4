import { MigrationInterface, QueryRunner } from "typeorm";

export class Alarms1640000001700 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE alarm_rule (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind smallint NOT NULL REFERENCES kind,
        range numrange NOT NULL,
        EXCLUDE USING gist (range WITH &&, int4range(kind, kind, '[]') WITH =)
      );
      INSERT INTO alarm_rule (kind, range) VALUES (0, '[30,)'), (1, '[90,100]'), (0, '(,-20]');

      CREATE OR REPLACE FUNCTION raise_alarm() RETURNS trigger AS
      $BODY$
      BEGIN
        IF EXISTS (SELECT FROM alarm_rule WHERE kind = NEW.kind AND NEW.value::numeric <@ range) THEN
          INSERT INTO command (device_id, "order") VALUES (NEW.device_id, 'alarm;' || NEW.kind);
        END IF;
        RETURN NEW;
      END;
      $BODY$ LANGUAGE plpgsql VOLATILE COST 10;

      CREATE TRIGGER raise_alarm AFTER INSERT ON reading FOR EACH ROW EXECUTE FUNCTION raise_alarm();
    `);
  }

  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TRIGGER raise_alarm ON reading; DROP FUNCTION raise_alarm(); DROP TABLE alarm_rule;`);
  }
}
