-- SPDX-License-Identifier: Apache-2.0
-- Blocks that came in no copy of a capture. A gap is what one reader of one file did not find: it is void where another
-- copy has a record of the block, and gaps of several copies that overlap are one.
CREATE OR REPLACE TEMP VIEW gaps AS
WITH claims AS (
    SELECT origin, _capture, _host, _block AS from_block, _block + _missing_blocks - 1 AS to_block
    FROM records WHERE _record = 'gap'
), marked AS (
    SELECT *, CASE WHEN from_block <= max(to_block) OVER (
        PARTITION BY origin, _capture ORDER BY from_block, to_block
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) THEN 0 ELSE 1 END AS begins
    FROM claims
), numbered AS (
    SELECT *, sum(begins) OVER (
        PARTITION BY origin, _capture ORDER BY from_block, to_block
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS gap
    FROM marked
), ranges AS (
    SELECT origin, _capture, gap, min(_host) AS _host, min(from_block) AS from_block, max(to_block) AS to_block
    FROM numbered GROUP BY origin, _capture, gap
), present AS (
    SELECT DISTINCT records.origin, records._capture, records._block
    FROM records JOIN ranges ON records.origin = ranges.origin AND records._capture = ranges._capture
    WHERE records._record <> 'gap' AND records._block > 0
)
SELECT ranges.origin, ranges._capture, ranges._host, from_block, to_block,
    to_block - from_block + 1 - count(present._block) AS blocks_missing
FROM ranges LEFT JOIN present ON present.origin = ranges.origin AND present._capture = ranges._capture
    AND present._block BETWEEN from_block AND to_block
GROUP BY ranges.origin, ranges._capture, ranges._host, from_block, to_block
HAVING to_block - from_block + 1 > count(present._block);
