-- Watching jobs: the audit log names rows that have no number, and jobs are counted and found without reading them all.
ALTER TABLE audit ADD COLUMN entity_uuid uuid;
COMMENT ON COLUMN audit.entity_uuid IS 'The row of an entity that has a uuid instead of a number: a job, a delivery.';
-- No row has the column yet, so nothing is sorted. Every migration is one transaction, where CONCURRENTLY is not possible.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX audit_entity_uuid ON audit (municipality_id, entity, entity_uuid) WHERE entity_uuid IS NOT NULL;

-- Built over the few jobs that a release before this one can have gathered.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX job_run_ended ON job_run (municipality_id, kind, status, finished_at) INCLUDE (school_id) WHERE status IN ('done', 'dead', 'cancelled');
