-- SPDX-License-Identifier: Apache-2.0
-- Hosts, those of which something is missing first. 'lost' is what the writer lost, 'lost_unknown' how often it did not
-- know how much; 'events_missing' and 'blocks_missing' are of files that never came, were cut or are damaged.
SELECT _host, count(*) AS captures, count(*) - sum(ended) AS not_ended, sum(events) AS events, sum(lost) AS lost,
    round(100.0 * sum(lost) / greatest(sum(events) + sum(lost), 1), 3) AS lost_percent,
    sum(lost_unknown) AS lost_unknown, coalesce(sum(events_missing), 0) AS events_missing,
    sum(blocks_missing) AS blocks_missing
FROM captures GROUP BY _host
ORDER BY not_ended DESC, events_missing DESC, lost_unknown DESC, lost DESC, _host;
