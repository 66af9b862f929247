-- Of the rows that arrived in each table on each day, the share that went to quarantine.
WITH written AS (
  SELECT
    element_at(split(origin.dataset_name, '[.]'), -1) AS table_name,
    to_date(timestamp) AS day,
    cast(get_json_object(details, '$.flow_progress.metrics.num_output_rows') AS BIGINT) AS row_count
  FROM pipeline_events
  WHERE event_type = 'flow_progress'
)

SELECT
  day,
  regexp_replace(table_name, '^(bronze|quarantine)_', '') AS source,
  coalesce(sum(row_count) FILTER (WHERE table_name LIKE 'bronze%'), 0) AS rows_arrived,
  coalesce(sum(row_count) FILTER (WHERE table_name LIKE 'quarantine%'), 0) AS rows_quarantined,
  coalesce(
    sum(row_count) FILTER (WHERE table_name LIKE 'quarantine%')
    / nullif(sum(row_count) FILTER (WHERE table_name LIKE 'bronze%'), 0),
    0
  ) AS quarantine_share
FROM written
WHERE table_name RLIKE '^(bronze|quarantine)_'
GROUP BY day, regexp_replace(table_name, '^(bronze|quarantine)_', '')
ORDER BY day DESC, quarantine_share DESC
