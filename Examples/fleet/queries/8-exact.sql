-- SPDX-License-Identifier: Apache-2.0
-- Numbers of 64 bits stay whole in an engine that was told their type: a sum over all of them.
SELECT count(inode) AS events, CAST(sum(inode) AS VARCHAR(40)) AS inodes FROM records WHERE _record = 'event';
