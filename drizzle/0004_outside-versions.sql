-- Who writes the entries is said by the session, and no longer guessed from the statement: plain SQL may move the version
-- too, as whoever locks optimistically does. The service's writers set user_balance.writes_entries. What any other session
-- changes gets its entries here, and its version: one more for each change of the balance, and no other. A balance that
-- changes without its version is recorded in every session: a trigger of somebody else may run in one of the service.
CREATE OR REPLACE FUNCTION "record_outside_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id <> OLD.id THEN
    RAISE EXCEPTION 'user % keeps its id', OLD.id USING ERRCODE = 'restrict_violation';
  END IF;
  -- Of a new user, from record_outside_creation.
  IF OLD.version = 0 AND NEW.version = 1 AND NEW.balance = OLD.balance
    AND EXISTS (SELECT FROM entries WHERE user_id = NEW.id AND version = 1 AND balance = NEW.balance) THEN
    RETURN NEW;
  END IF;
  IF NEW.version NOT IN (OLD.version, OLD.version + 1) OR NEW.balance = OLD.balance THEN
    RAISE EXCEPTION 'the version of user % moves by one when the balance changes, and not otherwise', OLD.id
      USING ERRCODE = 'restrict_violation', HINT = 'Leave the version alone.';
  END IF;
  NEW.version := OLD.version + 1;
  NEW.updated_at := clock_timestamp();
  INSERT INTO entries (user_id, version, amount, balance, operation_id, source, created_at)
  VALUES (NEW.id, NEW.version, NEW.balance - OLD.balance, NEW.balance, gen_random_uuid(), 'sql', clock_timestamp());
  PERFORM pg_notify('user_balance_changed', NEW.id::text);
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE OR REPLACE TRIGGER "outside_change" BEFORE UPDATE ON "users"
  FOR EACH ROW WHEN (
    NEW.balance <> OLD.balance AND NEW.version = OLD.version
    OR current_setting('user_balance.writes_entries', true) IS DISTINCT FROM 'on'
      AND (NEW.version <> OLD.version OR NEW.id <> OLD.id)
  )
  EXECUTE FUNCTION "record_outside_change"();
--> statement-breakpoint
CREATE OR REPLACE FUNCTION "record_outside_creation"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.version <> 0 THEN
    RAISE EXCEPTION 'user % is new and has no entries that version % could count', NEW.id, NEW.version
      USING ERRCODE = 'restrict_violation',
        HINT = 'Leave the version out. Or SET LOCAL user_balance.writes_entries = on, and insert all entries as well.';
  END IF;
  INSERT INTO entries (user_id, version, amount, balance, operation_id, source, created_at)
  VALUES (NEW.id, 1, NEW.balance, NEW.balance, gen_random_uuid(), 'sql', clock_timestamp());
  UPDATE users SET version = 1 WHERE id = NEW.id;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE OR REPLACE TRIGGER "outside_creation" AFTER INSERT ON "users"
  FOR EACH ROW WHEN (
    NEW.balance <> 0 AND NEW.version = 0
    OR current_setting('user_balance.writes_entries', true) IS DISTINCT FROM 'on' AND NEW.version <> 0
  )
  EXECUTE FUNCTION "record_outside_creation"();
--> statement-breakpoint
-- Replacing a function takes its settings away. They write to the tables of this schema, whatever temporary table of the
-- same name a session has made.
DO $$
DECLARE
  function_name text;
BEGIN
  FOREACH function_name IN ARRAY ARRAY['record_outside_change', 'record_outside_creation'] LOOP
    EXECUTE format('ALTER FUNCTION %I() SET search_path = pg_catalog, %I, pg_temp', function_name, current_schema());
  END LOOP;
END
$$;
