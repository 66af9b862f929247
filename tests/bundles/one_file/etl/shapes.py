EVENTS = "id BIGINT, customer BIGINT"
