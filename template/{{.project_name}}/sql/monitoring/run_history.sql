-- Every update: when it began, how it ended, how long it took, how many rows it wrote,
-- and its first error.
WITH events AS (
  SELECT
    *,
    from_json(
      get_json_object(details, '$.flow_progress.metrics'),
      'num_output_rows BIGINT, num_upserted_rows BIGINT'
    ) AS metrics
  FROM pipeline_events
  WHERE origin.update_id IS NOT NULL
)

SELECT
  origin.update_id AS update_id,
  min(timestamp) AS started_at,
  max_by(get_json_object(details, '$.update_progress.state'), timestamp) FILTER (WHERE event_type = 'update_progress') AS state,
  unix_timestamp(max(timestamp)) - unix_timestamp(min(timestamp)) AS seconds,
  sum(coalesce(metrics.num_upserted_rows, metrics.num_output_rows, 0)) AS rows_written,
  min_by(message, timestamp) FILTER (WHERE level = 'ERROR') AS first_error
FROM events
GROUP BY origin.update_id
ORDER BY started_at DESC
