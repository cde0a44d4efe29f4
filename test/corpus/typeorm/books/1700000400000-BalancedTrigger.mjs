export class BalancedTrigger1700000400000 {
  async up(queryRunner) {
    await queryRunner.query(`
CREATE FUNCTION books.balanced() RETURNS trigger LANGUAGE plpgsql AS $balanced$
DECLARE
  rest numeric;
BEGIN
  SELECT sum(amount) INTO rest FROM books.line WHERE entry = NEW.entry;
  IF rest <> 0 THEN
    RAISE EXCEPTION 'entry % is not balanced: %', NEW.entry, rest USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END
$balanced$;
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT OR UPDATE ON books.line DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION books.balanced();`);
  }

  async down(queryRunner) {
    await queryRunner.query('DROP FUNCTION books.balanced() CASCADE');
  }
}
