-- Who reads the tables of this schema, and what they are made of, in the last 30 days.
-- Needs SELECT on system.access, which a metastore administrator grants.
SELECT
  source_table_full_name,
  target_table_full_name,
  entity_type,
  count(*) AS events,
  max(event_time) AS last_event_at
FROM system.access.table_lineage
WHERE
  event_date >= date_sub(current_date(), 30)
  AND (
    (source_table_catalog = :catalog AND source_table_schema = :schema)
    OR (target_table_catalog = :catalog AND target_table_schema = :schema)
  )
GROUP BY source_table_full_name, target_table_full_name, entity_type
ORDER BY last_event_at DESC
