-- Leaves room on each page for heap-only updates: a hot user's row changes thousands of times a minute.
ALTER TABLE "users" SET (fillfactor = 70);
--> statement-breakpoint
-- A balance changed by plain SQL gets a version and an entry of its own, so that the ledger still explains the balance
-- and the version guard of the service notices. The service's own statements always move the version: WHEN is false.
CREATE FUNCTION "record_outside_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  NEW.updated_at := now();
  INSERT INTO entries (user_id, version, amount, balance, operation_id, source)
  VALUES (NEW.id, NEW.version, NEW.balance - OLD.balance, NEW.balance, gen_random_uuid(), 'sql');
  PERFORM pg_notify('user_balance_changed', NEW.id::text);
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "outside_change" BEFORE UPDATE ON "users"
  FOR EACH ROW WHEN (NEW.version = OLD.version AND NEW.balance <> OLD.balance)
  EXECUTE FUNCTION "record_outside_change"();
--> statement-breakpoint
CREATE FUNCTION "record_outside_creation"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO entries (user_id, version, amount, balance, operation_id, source)
  VALUES (NEW.id, 1, NEW.balance, NEW.balance, gen_random_uuid(), 'sql');
  UPDATE users SET version = 1 WHERE id = NEW.id;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "outside_creation" AFTER INSERT ON "users"
  FOR EACH ROW WHEN (NEW.version = 0 AND NEW.balance <> 0)
  EXECUTE FUNCTION "record_outside_creation"();
--> statement-breakpoint
CREATE FUNCTION "refuse_deletion"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are only ever added: the ledger explains every balance', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END
$$;
--> statement-breakpoint
CREATE TRIGGER "users_are_kept" BEFORE DELETE ON "users" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_deletion"();
--> statement-breakpoint
CREATE TRIGGER "entries_are_kept" BEFORE DELETE OR UPDATE ON "entries"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_deletion"();
