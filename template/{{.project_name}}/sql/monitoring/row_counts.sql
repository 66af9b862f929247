-- Rows that each update wrote into each table. Metrics come with every micro-batch, so
-- they are summed over the events of an update. Those of AUTO CDC have names of their own.
WITH progress AS (
  SELECT
    origin,
    timestamp,
    from_json(
      get_json_object(details, '$.flow_progress.metrics'),
      'num_output_rows BIGINT, num_upserted_rows BIGINT, num_deleted_rows BIGINT'
    ) AS metrics,
    cast(get_json_object(details, '$.flow_progress.data_quality.dropped_records') AS BIGINT) AS dropped
  FROM pipeline_events
  WHERE event_type = 'flow_progress'
)

SELECT
  element_at(split(origin.dataset_name, '[.]'), -1) AS table_name,
  origin.update_id AS update_id,
  max(timestamp) AS written_at,
  sum(coalesce(metrics.num_upserted_rows, metrics.num_output_rows, 0)) AS rows_written,
  sum(coalesce(metrics.num_deleted_rows, 0)) AS rows_deleted,
  sum(dropped) AS rows_dropped
FROM progress
GROUP BY origin.dataset_name, origin.update_id
ORDER BY written_at DESC, table_name ASC
