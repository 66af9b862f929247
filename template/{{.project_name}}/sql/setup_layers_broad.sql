-- For schemas that a whole team works in, by choice: `broad_grants: "true"` adds these
-- rights to those of setup_layers.sql. Taking the choice back revokes nothing.

GRANT ALL PRIVILEGES ON SCHEMA `{{catalog}}`.`{{bronze}}` TO `{{run_as}}`;
GRANT ALL PRIVILEGES ON SCHEMA `{{catalog}}`.`{{silver}}` TO `{{run_as}}`;
GRANT ALL PRIVILEGES ON SCHEMA `{{catalog}}`.`{{gold}}` TO `{{run_as}}`;

-- Writers build beside the pipeline, in silver and gold, from all that there is: tables,
-- views, functions and volumes of their own.
GRANT USE SCHEMA, CREATE TABLE, CREATE MATERIALIZED VIEW, CREATE FUNCTION, CREATE VOLUME ON SCHEMA `{{catalog}}`.`{{silver}}` TO `{{writers}}`;
GRANT USE SCHEMA, CREATE TABLE, CREATE MATERIALIZED VIEW, CREATE FUNCTION, CREATE VOLUME ON SCHEMA `{{catalog}}`.`{{gold}}` TO `{{writers}}`;
GRANT SELECT, EXECUTE, READ VOLUME, WRITE VOLUME ON SCHEMA `{{catalog}}`.`{{bronze}}` TO `{{writers}}`;
GRANT SELECT, EXECUTE, READ VOLUME, WRITE VOLUME ON SCHEMA `{{catalog}}`.`{{silver}}` TO `{{writers}}`;
GRANT SELECT, EXECUTE, READ VOLUME, WRITE VOLUME ON SCHEMA `{{catalog}}`.`{{gold}}` TO `{{writers}}`;

-- Readers see bronze, silver and quarantine too: all rows as delivered, the bad ones among
-- them, and the event log itself.
GRANT USE SCHEMA, SELECT ON SCHEMA `{{catalog}}`.`{{bronze}}` TO `{{readers}}`;
GRANT USE SCHEMA, SELECT ON SCHEMA `{{catalog}}`.`{{silver}}` TO `{{readers}}`;
