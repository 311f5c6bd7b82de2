-- SPDX-License-Identifier: Apache-2.0
-- Requests in each ten seconds by the hosts' own time of day, and what was lost since then. 'uncertain' may belong to
-- another line: they are nearer to its edge than their host's clock is wrong at most, or their host's clock was not
-- synchronised.
WITH times AS (
    SELECT records._ns - records._ns % 10000000000 AS begins, records._ns % 10000000000 AS inside, clock_error, _record,
        _lost
    FROM records JOIN captures ON captures.origin = records.origin AND captures._capture = records._capture
    WHERE _record IN ('event', 'loss') AND _map = 'requests'
)
SELECT begins, count(CASE WHEN _record = 'event' THEN 1 END) AS events,
    round(count(CASE WHEN _record = 'event' THEN 1 END) / 10.0, 1) AS per_second,
    count(CASE WHEN _record = 'event'
        AND (clock_error IS NULL OR inside < clock_error OR 10000000000 - inside <= clock_error) THEN 1 END)
        AS uncertain,
    coalesce(sum(_lost), 0) AS lost
FROM times GROUP BY begins ORDER BY begins;
