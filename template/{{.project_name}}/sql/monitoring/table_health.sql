-- Size, files and layout of one table: put its name in place of table_name. Predictive
-- optimization compacts and vacuums the pipeline's tables, so that no maintenance job is
-- needed. OPTIMIZE and VACUUM by hand are of use only where it is switched off, and never
-- on a materialized view.
DESCRIBE DETAIL table_name
