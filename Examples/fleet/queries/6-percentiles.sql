-- SPDX-License-Identifier: Apache-2.0
-- Percentiles of the latency, of the fleet, of each command and of each host, from the same merged sketches: each is
-- within 1/128 of the value that has this rank. 'lost' events are in none of them.
WITH merged AS (
    SELECT 'fleet' AS scope, '' AS name, low, width, sum(events) AS events FROM sketches GROUP BY low, width
    UNION ALL
    SELECT 'command', comm, low, width, sum(events) FROM sketches GROUP BY comm, low, width
    UNION ALL
    SELECT 'host', _host, low, width, sum(events) FROM sketches GROUP BY _host, low, width
), running AS (
    SELECT scope, name, low + (width - 1) / 2.0 AS middle,
        sum(events) OVER (PARTITION BY scope, name ORDER BY low) AS up_to,
        sum(events) OVER (PARTITION BY scope, name) AS events
    FROM merged
), losses AS (
    SELECT 'fleet' AS scope, '' AS name, sum(_lost) AS lost FROM records WHERE _record = 'loss' AND _map = 'requests'
    UNION ALL
    SELECT 'host', _host, sum(_lost) FROM records WHERE _record = 'loss' AND _map = 'requests' GROUP BY _host
)
SELECT running.scope, running.name, max(events) AS events,
    min(CASE WHEN up_to * 1000 >= events * 500 THEN middle END) AS p50,
    min(CASE WHEN up_to * 1000 >= events * 900 THEN middle END) AS p90,
    min(CASE WHEN up_to * 1000 >= events * 990 THEN middle END) AS p99,
    min(CASE WHEN up_to * 1000 >= events * 999 THEN middle END) AS p999,
    max(middle) AS max, max(losses.lost) AS lost
FROM running LEFT JOIN losses ON losses.scope = running.scope AND losses.name = running.name
GROUP BY running.scope, running.name
ORDER BY running.scope = 'fleet' DESC, running.scope, p99 DESC, running.name;
