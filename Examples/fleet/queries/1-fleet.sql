-- SPDX-License-Identifier: Apache-2.0
-- The fleet in one line: what came, what was lost by the writers, and what is missing of the files.
WITH hosts AS (
    SELECT _host, sum(events) AS events, sum(lost) AS lost, sum(lost_unknown) AS lost_unknown,
        sum(events_missing) AS events_missing, sum(blocks_missing) AS blocks_missing, min(ended) AS ended
    FROM captures GROUP BY _host
)
SELECT count(*) AS hosts, sum(events) AS events, sum(lost) AS lost,
    round(100.0 * sum(lost) / greatest(sum(events) + sum(lost), 1), 3) AS lost_percent,
    count(CASE WHEN lost + lost_unknown > 0 THEN 1 END) AS hosts_that_lost,
    sum(lost_unknown) AS lost_unknown, coalesce(sum(events_missing), 0) AS events_missing,
    sum(blocks_missing) AS blocks_missing, count(CASE WHEN ended = 0 THEN 1 END) AS hosts_not_ended
FROM hosts;
