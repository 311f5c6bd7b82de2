-- SPDX-License-Identifier: Apache-2.0
-- How far the clocks of the hosts may be wrong, the worst first. Where 'clock_error' is NULL the clock was not
-- synchronised: nothing is known, and times of such a host are compared with those of others at your own risk.
SELECT _host, _capture, clock_error,
    (SELECT count(*) FROM records
     WHERE records.origin = captures.origin AND records._capture = captures._capture AND _record = 'clock') AS times_set
FROM captures ORDER BY clock_error IS NULL DESC, clock_error DESC, _host, _capture;
