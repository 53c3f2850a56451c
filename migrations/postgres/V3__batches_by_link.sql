-- Batches are counted link by link: of what stands above a stream's position, up to `ahead_until`,
-- clicks whose (link, sequence) is at most (`ahead_link`, `ahead_sequence`) are counted as well.
-- `ahead_until` is 0 where there are none.
ALTER TABLE click_positions ADD COLUMN ahead_until BIGINT NOT NULL DEFAULT 0;
ALTER TABLE click_positions ADD COLUMN ahead_link BIGINT NOT NULL DEFAULT 0;
ALTER TABLE click_positions ADD COLUMN ahead_sequence BIGINT NOT NULL DEFAULT 0;

-- Rows that are counted up again and again: with room on their page, a new version of a row needs
-- no new entries in the index.
ALTER TABLE click_totals SET (fillfactor = 70);
ALTER TABLE click_quarters SET (fillfactor = 70);
ALTER TABLE dimension_hours SET (fillfactor = 70);
