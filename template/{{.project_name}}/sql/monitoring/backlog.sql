-- What each stream had still to read when it last told. Databricks only: the laptop
-- reads all that is there.
SELECT
  element_at(split(origin.dataset_name, '[.]'), -1) AS table_name,
  max(timestamp) AS told_at,
  max_by(cast(get_json_object(details, '$.flow_progress.metrics.backlog_bytes') AS BIGINT), timestamp) AS backlog_bytes,
  max_by(cast(get_json_object(details, '$.flow_progress.metrics.backlog_files') AS BIGINT), timestamp) AS backlog_files
FROM pipeline_events
WHERE
  event_type = 'flow_progress'
  AND get_json_object(details, '$.flow_progress.metrics.backlog_bytes') IS NOT NULL
GROUP BY origin.dataset_name
ORDER BY backlog_bytes DESC
