-- Two roles to be granted to whoever logs in; neither can log in by itself:
--   user_balance_app      what the service needs: it reads, adds users and entries, and changes balances. No DDL, no
--                         DELETE, no TRUNCATE, no change of an entry.
--   user_balance_auditor  reads, for `verify` and for people.
-- For example: CREATE ROLE wallet LOGIN PASSWORD '...' IN ROLE user_balance_app;
-- Roles belong to the whole server: they may be there already, and whoever migrates may not be allowed to create them.
-- Then the tables still are what they are, and the grants below can be made by hand.
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['user_balance_app', 'user_balance_auditor'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL;
      WHEN insufficient_privilege THEN RAISE WARNING 'the role % could not be created: grants to it are left to its administrator', role_name;
    END;
  END LOOP;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'user_balance_app') THEN
    GRANT SELECT, INSERT ON users, entries TO user_balance_app;
    GRANT UPDATE (balance, version, updated_at) ON users TO user_balance_app;
    GRANT SELECT, INSERT, UPDATE ON tenure TO user_balance_app;
    GRANT USAGE ON SEQUENCE users_id_seq TO user_balance_app;
    GRANT USAGE ON SCHEMA drizzle TO user_balance_app;
    GRANT SELECT ON drizzle.__drizzle_migrations TO user_balance_app;
  END IF;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'user_balance_auditor') THEN
    GRANT SELECT ON users, entries TO user_balance_auditor;
  END IF;
END
$$;
--> statement-breakpoint
-- TRUNCATE fires no DELETE trigger, and would take the ledger away from under the balances.
CREATE TRIGGER "users_are_not_truncated" BEFORE TRUNCATE ON "users"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_deletion"();
--> statement-breakpoint
CREATE TRIGGER "entries_are_not_truncated" BEFORE TRUNCATE ON "entries"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_deletion"();
