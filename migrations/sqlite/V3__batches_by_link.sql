-- Batches are counted link by link: of what stands above a stream's position, up to `ahead_until`,
-- clicks whose (link, sequence) is at most (`ahead_link`, `ahead_sequence`) are counted as well.
-- `ahead_until` is 0 where there are none.
ALTER TABLE click_positions ADD COLUMN ahead_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE click_positions ADD COLUMN ahead_link INTEGER NOT NULL DEFAULT 0;
ALTER TABLE click_positions ADD COLUMN ahead_sequence INTEGER NOT NULL DEFAULT 0;
