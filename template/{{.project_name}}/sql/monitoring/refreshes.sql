-- How each materialized view was refreshed in each update, and what kept it from being
-- refreshed incrementally. Databricks only: the laptop computes a view anew where an
-- input or the code changed.
WITH planned AS (
  SELECT
    origin.update_id AS update_id,
    element_at(split(coalesce(origin.dataset_name, origin.flow_name), '[.]'), -1) AS table_name,
    timestamp,
    explode(
      from_json(
        get_json_object(details, '$.planning_information.technique_information'),
        'ARRAY<STRUCT<
          maintenance_type: STRING,
          is_chosen: BOOLEAN,
          incrementalization_issues: ARRAY<STRUCT<issue_type: STRING, prevent_incrementalization: BOOLEAN>>
        >>'
      )
    ) AS technique
  FROM pipeline_events
  WHERE event_type = 'planning_information'
)

SELECT
  table_name,
  update_id,
  max(timestamp) AS planned_at,
  max(technique.maintenance_type) FILTER (WHERE technique.is_chosen) AS refreshed_by,
  array_sort(
    array_distinct(
      flatten(
        collect_list(
          transform(
            filter(technique.incrementalization_issues, issue -> issue.prevent_incrementalization),
            issue -> issue.issue_type
          )
        )
      )
    )
  ) AS in_the_way
FROM planned
GROUP BY table_name, update_id
ORDER BY planned_at DESC, table_name ASC
