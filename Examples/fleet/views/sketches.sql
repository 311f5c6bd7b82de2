-- SPDX-License-Identifier: Apache-2.0
-- A sketch of the latencies of each host and command: how many lie in each bucket. Sketches are merged by adding the
-- counts, in any order and any grouping, and nothing is lost by it; percentiles have no such sum.
--
-- A bucket has the first seven binary digits of a value in common: 64 buckets to each power of two, each as wide as
-- 1/64 of its least value or less. Its middle is less than 1/128 (0.8 %) from every value in it, so that is the bound
-- of each percentile. Whole numbers only: every engine makes the same buckets. Values of 64 bits count as 2^63 - 1.
CREATE OR REPLACE TEMP VIEW sketches AS
WITH latencies AS (
    SELECT _host, comm, CAST(least(latency_ns, 9223372036854775807) AS BIGINT) AS latency
    FROM records WHERE _record = 'event' AND latency_ns IS NOT NULL
), buckets AS (
    SELECT _host, comm, latency, CAST(power(2, greatest(length(bin(latency)) - 7, 0)) AS BIGINT) AS width
    FROM latencies
)
SELECT _host, comm, latency - latency % width AS low, width, count(*) AS events
FROM buckets GROUP BY _host, comm, latency - latency % width, width;
