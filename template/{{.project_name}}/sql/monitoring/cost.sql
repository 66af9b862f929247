-- What the pipeline and its refresh job cost on each of the last 30 days, at list prices.
-- Their ids are at the end of the links of `databricks bundle summary`. Needs SELECT on
-- system.billing, which an account administrator grants.
SELECT
  usage.usage_date,
  coalesce(usage.usage_metadata.dlt_pipeline_id, usage.usage_metadata.job_id) AS resource_id,
  usage.sku_name,
  sum(usage.usage_quantity) AS dbus,
  sum(usage.usage_quantity * prices.pricing.effective_list.default) AS list_cost,
  any_value(prices.currency_code) AS currency
FROM system.billing.usage AS usage
INNER JOIN system.billing.list_prices AS prices
  ON
    usage.sku_name = prices.sku_name
    AND usage.cloud = prices.cloud
    AND usage.usage_start_time >= prices.price_start_time
    AND (prices.price_end_time IS NULL OR usage.usage_end_time <= prices.price_end_time)
WHERE
  usage.usage_date >= date_sub(current_date(), 30)
  AND (
    usage.usage_metadata.dlt_pipeline_id = :pipeline_id
    OR usage.usage_metadata.job_id = :job_id
  )
GROUP BY usage.usage_date, resource_id, usage.sku_name
ORDER BY usage.usage_date DESC, list_cost DESC
