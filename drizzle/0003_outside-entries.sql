-- An outside entry is dated when it is written, not when its transaction began: the dates of a user's entries ascend.
CREATE OR REPLACE FUNCTION "record_outside_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  NEW.updated_at := clock_timestamp();
  INSERT INTO entries (user_id, version, amount, balance, operation_id, source, created_at)
  VALUES (NEW.id, NEW.version, NEW.balance - OLD.balance, NEW.balance, gen_random_uuid(), 'sql', clock_timestamp());
  PERFORM pg_notify('user_balance_changed', NEW.id::text);
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION "record_outside_creation"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO entries (user_id, version, amount, balance, operation_id, source, created_at)
  VALUES (NEW.id, 1, NEW.balance, NEW.balance, gen_random_uuid(), 'sql', clock_timestamp());
  UPDATE users SET version = 1 WHERE id = NEW.id;
  RETURN NULL;
END
$$;
--> statement-breakpoint
-- The functions write to the tables of this schema, whatever temporary table of the same name a session has made.
DO $$
DECLARE
  function_name text;
BEGIN
  FOREACH function_name IN ARRAY ARRAY['record_outside_change', 'record_outside_creation'] LOOP
    EXECUTE format('ALTER FUNCTION %I() SET search_path = pg_catalog, %I, pg_temp', function_name, current_schema());
  END LOOP;
END
$$;
