-- Two roles in PostgreSQL: planwatch_owner owns the tables and migrates, planwatch serves the site. What serves can neither
-- drop nor disable the triggers that guard the record. Run as a superuser in the database planwatch, new or in use:
--   su postgres -c 'psql --set ON_ERROR_STOP=1 --single-transaction --file docs/deploy/owner-role.sql planwatch'
DO $$ BEGIN
    CREATE ROLE planwatch_owner LOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;
REASSIGN OWNED BY planwatch TO planwatch_owner;
ALTER DATABASE planwatch OWNER TO planwatch_owner;
ALTER SCHEMA public OWNER TO planwatch_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM planwatch;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM planwatch;
GRANT USAGE ON SCHEMA public TO planwatch;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO planwatch;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO planwatch;
ALTER DEFAULT PRIVILEGES FOR ROLE planwatch_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO planwatch;
ALTER DEFAULT PRIVILEGES FOR ROLE planwatch_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO planwatch;
