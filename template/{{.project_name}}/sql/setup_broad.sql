-- For a schema that a whole team works in, by choice: `broad_grants: "true"` adds these
-- rights to those of setup.sql. Taking the choice back revokes nothing.

GRANT ALL PRIVILEGES ON SCHEMA `{{catalog}}`.`{{schema}}` TO `{{run_as}}`;

-- Writers build beside the pipeline: tables, views, functions and volumes of their own.
GRANT CREATE TABLE, CREATE MATERIALIZED VIEW, CREATE FUNCTION, CREATE VOLUME ON SCHEMA `{{catalog}}`.`{{schema}}` TO `{{writers}}`;
GRANT SELECT, EXECUTE, READ VOLUME, WRITE VOLUME ON SCHEMA `{{catalog}}`.`{{schema}}` TO `{{writers}}`;

-- Readers see bronze, silver and quarantine too: all rows as delivered, the bad ones among
-- them, and the event log itself.
GRANT SELECT ON SCHEMA `{{catalog}}`.`{{schema}}` TO `{{readers}}`;
