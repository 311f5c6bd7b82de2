-- SPDX-License-Identifier: Apache-2.0
-- The commands with most events of each map, on how many hosts; beside them what the map lost, of whichever command.
WITH losses AS (
    SELECT _map, sum(_lost) AS lost FROM records WHERE _record = 'loss' GROUP BY _map
)
SELECT records._map, comm, count(*) AS events, count(DISTINCT records._host) AS hosts,
    count(CASE WHEN status >= 500 THEN 1 END) AS failed, coalesce(max(losses.lost), 0) AS lost_of_map
FROM records LEFT JOIN losses ON losses._map = records._map
WHERE _record = 'event'
GROUP BY records._map, comm ORDER BY events DESC, records._map, comm;
