-- How many rows kept each rule, and how many broke it, over all updates on record.
-- Run after USE CATALOG and USE SCHEMA. On the laptop: localrun sql.
WITH rules AS (
  SELECT
    explode(
      from_json(
        get_json_object(details, '$.flow_progress.data_quality.expectations'),
        'ARRAY<STRUCT<name: STRING, dataset: STRING, passed_records: BIGINT, failed_records: BIGINT>>'
      )
    ) AS rule
  FROM pipeline_events
  WHERE event_type = 'flow_progress'
)

SELECT
  rule.dataset AS dataset,
  rule.name AS rule_name,
  sum(rule.passed_records) AS passed_records,
  sum(rule.failed_records) AS failed_records,
  sum(rule.passed_records) / nullif(sum(rule.passed_records) + sum(rule.failed_records), 0) AS pass_rate
FROM rules
GROUP BY rule.dataset, rule.name
ORDER BY pass_rate ASC, failed_records DESC
