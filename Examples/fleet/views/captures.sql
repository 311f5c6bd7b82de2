-- SPDX-License-Identifier: Apache-2.0
-- An account of each capture: what came, what its writer lost, and what of its files never came. The end of a capture
-- says how many events it has: what is missing is known even where nothing shows a gap, as when a whole file is gone.
CREATE OR REPLACE TEMP VIEW captures AS
WITH counted AS (
    SELECT origin, _capture, min(_host) AS _host,
        count(CASE WHEN _record = 'event' THEN 1 END) AS events,
        coalesce(sum(CASE WHEN _record = 'loss' THEN _lost END), 0) AS lost,
        count(CASE WHEN _record = 'loss' AND _lost IS NULL THEN 1 END) AS lost_unknown,
        max(CASE WHEN _record = 'end' THEN 1 ELSE 0 END) AS ended,
        -- The dumps of a flight recorder are one capture with an end each.
        sum(CASE WHEN _record = 'end' THEN _events END) AS events_sent,
        -- NULL where the clock was ever not synchronised.
        CASE WHEN count(CASE WHEN _record IN ('capture', 'clock') THEN 1 END) = count(_clock_error)
            THEN max(_clock_error) END AS clock_error
    FROM records GROUP BY origin, _capture
), missing AS (
    SELECT origin, _capture, sum(blocks_missing) AS blocks_missing FROM gaps GROUP BY origin, _capture
)
SELECT counted.*, events_sent - events AS events_missing, coalesce(blocks_missing, 0) AS blocks_missing
FROM counted LEFT JOIN missing ON missing.origin = counted.origin AND missing._capture = counted._capture;
