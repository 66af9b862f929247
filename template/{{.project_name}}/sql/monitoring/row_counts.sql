-- Rows that each update wrote into each table. Metrics come with every micro-batch, so
-- they are summed over the events of an update.
SELECT
  element_at(split(origin.dataset_name, '[.]'), -1) AS table_name,
  origin.update_id AS update_id,
  max(timestamp) AS written_at,
  sum(cast(get_json_object(details, '$.flow_progress.metrics.num_output_rows') AS BIGINT)) AS rows_written,
  sum(cast(get_json_object(details, '$.flow_progress.data_quality.dropped_records') AS BIGINT)) AS rows_dropped
FROM event_log
WHERE event_type = 'flow_progress'
GROUP BY origin.dataset_name, origin.update_id
ORDER BY written_at DESC, table_name ASC
