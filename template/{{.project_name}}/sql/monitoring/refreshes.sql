-- How each materialized view was refreshed in each update, and what kept it from being
-- refreshed incrementally. Databricks only: the laptop recomputes a view when an
-- input or the code changed.
WITH techniques AS (
  SELECT
    origin.update_id AS update_id,
    element_at(split(coalesce(origin.dataset_name, origin.flow_name), '[.]'), -1) AS table_name,
    timestamp AS planned_at,
    explode(
      from_json(get_json_object(details, '$.planning_information.technique_information'), 'ARRAY<STRING>')
    ) AS technique
  FROM pipeline_events
  WHERE event_type = 'planning_information'
),

issues AS (
  SELECT
    update_id,
    table_name,
    planned_at,
    if(get_json_object(technique, '$.is_chosen') = 'true', get_json_object(technique, '$.maintenance_type'), NULL) AS chosen,
    explode_outer(from_json(get_json_object(technique, '$.incrementalization_issues'), 'ARRAY<STRING>')) AS issue
  FROM techniques
)

SELECT
  table_name,
  update_id,
  max(planned_at) AS planned_at,
  max(chosen) AS refreshed_by,
  array_sort(
    collect_set(
      if(get_json_object(issue, '$.prevent_incrementalization') = 'true', get_json_object(issue, '$.issue_type'), NULL)
    )
  ) AS in_the_way
FROM issues
GROUP BY table_name, update_id
ORDER BY planned_at DESC, table_name ASC
