-- SPDX-License-Identifier: Apache-2.0
-- DuckDB: every line of every file once, as the table 'records'. Run where fleet/ is.
--
-- The columns are named, so that their types do not depend on what the first lines of a file happen to have: numbers of
-- 64 bits stay whole, and a column that a file does not have is NULL. Add those of your own events in front of _record.
CREATE OR REPLACE TABLE records AS
WITH lines AS (
    SELECT *, coalesce(_boot, _host) AS origin, epoch_ns(CAST(_time AS TIMESTAMP_NS)) AS _ns
    FROM read_json('fleet/*/*.ndjson', format = 'newline_delimited', columns = {
        pid: 'UINTEGER', comm: 'VARCHAR', status: 'UINTEGER', latency_ns: 'UBIGINT',
        peer_address: 'UINTEGER', peer_port: 'USMALLINT', peer_zone: 'USMALLINT',
        result: 'INTEGER', inode: 'UBIGINT',
        _record: 'VARCHAR', _time: 'VARCHAR', _cpu: 'INTEGER', _pid: 'UINTEGER', _tid: 'UINTEGER',
        _map: 'VARCHAR', _type: 'VARCHAR', _host: 'VARCHAR', _machine: 'VARCHAR', _boot: 'VARCHAR',
        _capture: 'VARCHAR', _block: 'BIGINT', _index: 'BIGINT',
        _lost: 'BIGINT', _cause: 'VARCHAR', _missing_blocks: 'BIGINT', _events: 'BIGINT',
        _clock_offset: 'BIGINT', _clock_error: 'BIGINT'})
)
-- The key of a record is a property of the capture: the same line, sent again, printed again or from a copy that was
-- cut, has the same one. Gaps are no records of their block, and may begin at the same one with different lengths.
SELECT DISTINCT ON (origin, _capture, _block, _index, coalesce(_missing_blocks, 0)) *
FROM lines;
