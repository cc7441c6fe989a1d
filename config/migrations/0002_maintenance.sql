-- What the maintenance tasks need beyond V1's tables: V2's columns about a running pipeline (shared reference,
-- section 6), and an index for each of their searches. Applying it again, or to a database of V2, changes nothing.

SET client_min_messages = warning;

ALTER TABLE recordings
    ADD COLUMN IF NOT EXISTS pipeline_started_at timestamptz,
    ADD COLUMN IF NOT EXISTS on_air boolean NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS pipeline_task_id varchar(200);

ALTER TABLE processing_stages
    ADD COLUMN IF NOT EXISTS started_at timestamptz;

CREATE INDEX IF NOT EXISTS ix_recordings_on_air ON recordings (id) WHERE on_air;
CREATE INDEX IF NOT EXISTS ix_recordings_soft_deleted_at ON recordings (soft_deleted_at, id) WHERE delete_state = 'soft';

-- A recording goes on its date whether or not it is marked as deleted, so the index of 0001 doesn't serve.
CREATE INDEX IF NOT EXISTS ix_recordings_hard_delete_due ON recordings (hard_delete_at, id)
    WHERE hard_delete_at IS NOT NULL;
DROP INDEX IF EXISTS ix_recordings_hard_delete_at;
