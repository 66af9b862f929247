-- Rights on the schema and on its landing volume, by the setup job. Every statement can
-- be run again. A name stands between backticks: one that holds a backtick is passed
-- with it doubled.

-- Who runs the pipeline. It owns the schema that it deployed. This keeps it working
-- where an administrator has taken the ownership over.
GRANT USE SCHEMA, CREATE TABLE, CREATE MATERIALIZED VIEW ON SCHEMA `{{catalog}}`.`{{schema}}` TO `{{run_as}}`;
GRANT READ VOLUME ON VOLUME `{{catalog}}`.`{{schema}}`.`landing` TO `{{run_as}}`;

-- Who delivers files.
GRANT USE SCHEMA ON SCHEMA `{{catalog}}`.`{{schema}}` TO `{{writers}}`;
GRANT READ VOLUME, WRITE VOLUME ON VOLUME `{{catalog}}`.`{{schema}}`.`landing` TO `{{writers}}`;

-- Who reads the view of the event log that the refresh job makes, and no table.
GRANT USE SCHEMA ON SCHEMA `{{catalog}}`.`{{schema}}` TO `{{operators}}`;

-- Who reads gold: which tables, grants.sql says, once the first refresh has made them.
GRANT USE SCHEMA ON SCHEMA `{{catalog}}`.`{{schema}}` TO `{{readers}}`;
