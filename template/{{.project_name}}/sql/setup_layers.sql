-- Rights on the three schemas and on the landing volume, by the setup job. Every statement
-- can be run again. A name stands between backticks: one that holds a backtick is passed
-- with it doubled.

-- Who runs the pipeline. It owns the schemas that it deployed. This keeps it working
-- where an administrator has taken the ownership over.
GRANT USE SCHEMA, CREATE TABLE, CREATE MATERIALIZED VIEW ON SCHEMA `{{catalog}}`.`{{bronze}}` TO `{{run_as}}`;
GRANT USE SCHEMA, CREATE TABLE, CREATE MATERIALIZED VIEW ON SCHEMA `{{catalog}}`.`{{silver}}` TO `{{run_as}}`;
GRANT USE SCHEMA, CREATE TABLE, CREATE MATERIALIZED VIEW ON SCHEMA `{{catalog}}`.`{{gold}}` TO `{{run_as}}`;
GRANT READ VOLUME ON VOLUME `{{catalog}}`.`{{bronze}}`.`landing` TO `{{run_as}}`;

-- Who delivers files.
GRANT USE SCHEMA ON SCHEMA `{{catalog}}`.`{{bronze}}` TO `{{writers}}`;
GRANT READ VOLUME, WRITE VOLUME ON VOLUME `{{catalog}}`.`{{bronze}}`.`landing` TO `{{writers}}`;

-- Who reads the view of the event log that the refresh job makes, and no table.
GRANT USE SCHEMA ON SCHEMA `{{catalog}}`.`{{silver}}` TO `{{operators}}`;

-- Who reads gold: all of its tables, also those that are made later, and no others.
GRANT USE SCHEMA, SELECT ON SCHEMA `{{catalog}}`.`{{gold}}` TO `{{readers}}`;
