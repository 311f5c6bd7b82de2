-- SPDX-License-Identifier: Apache-2.0
-- Where and why the writers lost events.
SELECT _host, _map, _cause, coalesce(sum(_lost), 0) AS lost, count(*) - count(_lost) AS lost_unknown
FROM records WHERE _record = 'loss'
GROUP BY _host, _map, _cause ORDER BY lost DESC, _host, _map, _cause;
