-- Erasure of a person: what was asked, what was done, the act that proves it.
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid, require-concurrent-index-creation, adding-field-with-default
-- The one rule that changes is widened, the new ones hold for every row there is.

ALTER TABLE municipality ADD COLUMN kept_years smallint NOT NULL DEFAULT 3;
ALTER TABLE municipality ADD CONSTRAINT municipality_kept_years CHECK (kept_years BETWEEN 1 AND 10);
COMMENT ON COLUMN municipality.kept_years IS 'So many years after the school year of the last programme a person is erased.';

-- A notice may be a school's without being a programme's: an erasure is about a person.
ALTER TABLE notice DROP CONSTRAINT notice_owner;
ALTER TABLE notice ADD CONSTRAINT notice_owner CHECK (programme_id IS NULL OR school_id IS NOT NULL);

ALTER TABLE person ADD COLUMN erased_at timestamptz;
ALTER TABLE person ADD CONSTRAINT person_erased CHECK (
    erased_at IS NULL OR (ended_at IS NOT NULL AND num_nonnulls(patronymic, birth_on, contact, representative, end_reason) = 0));
COMMENT ON COLUMN person.erased_at IS 'A stone: the row stays so that keys hold, says nothing of anybody, and never changes again.';
CREATE FUNCTION keep_stone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an erased person does not change' USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER keep_stone BEFORE UPDATE ON person FOR EACH ROW WHEN (OLD.erased_at IS NOT NULL) EXECUTE FUNCTION keep_stone();
-- Who read the person before the deed and writes after it: the lock waits for the deed and sees what it left.
CREATE FUNCTION refuse_stone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT p.erased_at FROM person p WHERE p.municipality_id = NEW.municipality_id AND p.id = NEW.person_id FOR KEY SHARE) IS NOT NULL THEN
        RAISE EXCEPTION 'nothing is written about an erased person' USING ERRCODE = 'foreign_key_violation',
            TABLE = TG_TABLE_NAME, CONSTRAINT = TG_TABLE_NAME || '_person_id_fkey';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse_stone BEFORE INSERT ON consent FOR EACH ROW EXECUTE FUNCTION refuse_stone();
CREATE TRIGGER refuse_stone BEFORE INSERT ON person_grade FOR EACH ROW EXECUTE FUNCTION refuse_stone();

CREATE TABLE erasure (
    municipality_id bigint NOT NULL REFERENCES municipality,
    school_id bigint NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    person_id bigint NOT NULL,
    reason text NOT NULL CHECK (reason IN ('withdrawn', 'request', 'retention')),
    status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'done', 'cancelled')),
    consent_id bigint,
    requested_at timestamptz NOT NULL,
    requested_by bigint,
    planned_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    run_by bigint,
    ended_at timestamptz,
    ended_by bigint,
    why_cancelled text CHECK (why_cancelled IN ('consented', 'undone', 'in_use', 'by_hand')),
    cancel_reason text CHECK (length(cancel_reason) BETWEEN 1 AND 500),
    PRIMARY KEY (municipality_id, id),
    FOREIGN KEY (municipality_id, school_id, person_id) REFERENCES person (municipality_id, school_id, id),
    FOREIGN KEY (municipality_id, consent_id) REFERENCES consent (municipality_id, id),
    CONSTRAINT erasure_days CHECK (planned_at >= requested_at),
    CONSTRAINT erasure_consent CHECK (reason <> 'withdrawn' OR consent_id IS NOT NULL),
    CONSTRAINT erasure_ended CHECK ((status = 'waiting') = (ended_at IS NULL)),
    CONSTRAINT erasure_cancelled CHECK ((status = 'cancelled') = (why_cancelled IS NOT NULL)),
    CONSTRAINT erasure_by_hand CHECK (coalesce(why_cancelled = 'by_hand', false) = (cancel_reason IS NOT NULL))
);
COMMENT ON COLUMN erasure.consent_id IS 'The consent that was withdrawn, else the last one there was when it was asked for: a later one cancels it.';
COMMENT ON COLUMN erasure.planned_at IS 'Until then a withdrawal made by mistake can be taken back.';
COMMENT ON COLUMN erasure.due_at IS '152-ФЗ, art. 21: 30 days from the day of the withdrawal, which may be entered late, or from the request.';
COMMENT ON COLUMN erasure.run_by IS 'The account that did not wait for the planned time.';
COMMENT ON COLUMN erasure.why_cancelled IS 'consented: a new consent is in force; undone: the withdrawal was taken back; in_use: takes part again; by_hand: see cancel_reason.';
SELECT protect_tenant('erasure', true);
CREATE UNIQUE INDEX erasure_waiting ON erasure (municipality_id, person_id) WHERE status = 'waiting';
CREATE INDEX erasure_of_school ON erasure (municipality_id, school_id, id);
CREATE INDEX consent_withdrawn ON consent (municipality_id, school_id, person_id) WHERE withdrawn_on IS NOT NULL AND kind = 'processing' AND ended_at IS NULL;
GRANT SELECT, INSERT ON erasure TO nastavnik_api, nastavnik_engine;
GRANT UPDATE (status, run_by, ended_at, ended_by, why_cancelled, cancel_reason) ON erasure TO nastavnik_api, nastavnik_engine;
GRANT SELECT ON erasure TO nastavnik_auditor;

-- Act and extract of the log (Roskomnadzor, order 179 of 28.10.2022). The one place where an erased person is still
-- named, for three years: neither jobs nor checks read it.
CREATE TABLE erasure_act (
    municipality_id bigint NOT NULL,
    school_id bigint NOT NULL,
    erasure_id bigint NOT NULL,
    person_id bigint NOT NULL,
    subject text NOT NULL,
    operator text NOT NULL,
    categories jsonb NOT NULL CHECK (jsonb_typeof(categories) = 'object'),
    reason text NOT NULL,
    destroyed_at timestamptz NOT NULL,
    requested_by bigint,
    run_by bigint,
    keep_until date NOT NULL,
    PRIMARY KEY (municipality_id, erasure_id),
    FOREIGN KEY (municipality_id, erasure_id) REFERENCES erasure (municipality_id, id)
);
COMMENT ON COLUMN erasure_act.categories IS 'Code of a category -> how many rows of it were destroyed.';
SELECT protect_tenant('erasure_act', true);
GRANT SELECT ON erasure_act TO nastavnik_api;
GRANT SELECT (municipality_id, school_id, erasure_id, person_id, destroyed_at, keep_until), DELETE ON erasure_act TO nastavnik_engine;

-- Whether anything may be done with a person's data beside keeping them: not after a withdrawal, nor once asked to erase.
CREATE FUNCTION is_blocked(place bigint, someone bigint) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT EXISTS (SELECT FROM erasure e WHERE e.municipality_id = place AND e.person_id = someone
                   AND e.status = 'waiting' AND e.reason = 'request')
        OR EXISTS (SELECT FROM consent w JOIN municipality m ON m.id = w.municipality_id
                   WHERE w.municipality_id = place AND w.person_id = someone AND w.kind = 'processing' AND w.ended_at IS NULL
                     AND w.withdrawn_on <= (app_now() AT TIME ZONE m.timezone)::date)
           AND NOT EXISTS (SELECT FROM consent c JOIN municipality m ON m.id = c.municipality_id
                   WHERE c.municipality_id = place AND c.person_id = someone AND c.kind = 'processing' AND c.ended_at IS NULL
                     AND c.given_on <= (app_now() AT TIME ZONE m.timezone)::date
                     AND coalesce(c.valid_until >= (app_now() AT TIME ZONE m.timezone)::date, true)
                     AND coalesce(c.withdrawn_on > (app_now() AT TIME ZONE m.timezone)::date, true))
$$;

-- By person: for everything that is kept about one.
CREATE INDEX mentee_person ON mentee (municipality_id, person_id);
CREATE INDEX mentor_person ON mentor (municipality_id, person_id);
CREATE INDEX appointment_person ON appointment (municipality_id, person_id);
CREATE INDEX specialist_person ON specialist (municipality_id, person_id) WHERE person_id IS NOT NULL;
CREATE INDEX activity_plan_person ON activity_plan (municipality_id, responsible_id) WHERE responsible_id IS NOT NULL;
CREATE INDEX survey_person ON survey (municipality_id, responsible_id) WHERE responsible_id IS NOT NULL;
CREATE INDEX conclusion_person ON conclusion (municipality_id, author_id);

CREATE FUNCTION last_school_year(place bigint, someone bigint) RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT greatest(extract(year FROM p.created_at - interval '8 months')::integer, (
        SELECT max(g.school_year) FROM (
            SELECT programme_id FROM mentee WHERE municipality_id = place AND person_id = someone
            UNION ALL SELECT programme_id FROM mentor WHERE municipality_id = place AND person_id = someone
            UNION ALL SELECT programme_id FROM appointment WHERE municipality_id = place AND person_id = someone
            UNION ALL SELECT programme_id FROM specialist WHERE municipality_id = place AND person_id = someone
            UNION ALL SELECT programme_id FROM activity_plan WHERE municipality_id = place AND responsible_id = someone
            UNION ALL SELECT programme_id FROM survey WHERE municipality_id = place AND responsible_id = someone
            UNION ALL SELECT programme_id FROM conclusion WHERE municipality_id = place AND author_id = someone) AS t
        JOIN programme g ON g.municipality_id = place AND g.id = t.programme_id))
    FROM person p WHERE p.municipality_id = place AND p.id = someone
$$;
COMMENT ON FUNCTION last_school_year(bigint, bigint) IS
    'Of the last programme that names the person in any part, or of the year in which the person was entered: a school year begins in September.';

-- What an erasure that waits has come to: ready, held, consented, undone, in_use; over when it waits no more.
CREATE FUNCTION erasure_verdict(sought bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN e.status <> 'waiting' OR p.erased_at IS NOT NULL THEN 'over'
        WHEN EXISTS (SELECT FROM consent c
                     WHERE c.municipality_id = e.municipality_id AND c.person_id = e.person_id AND c.kind = 'processing'
                       AND c.ended_at IS NULL AND c.given_on <= k.today AND coalesce(c.valid_until >= k.today, true)
                       AND coalesce(c.withdrawn_on > k.today, true)
                       AND (e.reason = 'withdrawn' OR c.id > coalesce(e.consent_id, 0))) THEN 'consented'
        WHEN e.reason = 'withdrawn' AND NOT EXISTS (SELECT FROM consent c
                     WHERE c.municipality_id = e.municipality_id AND c.person_id = e.person_id AND c.kind = 'processing'
                       AND c.ended_at IS NULL AND c.withdrawn_on <= k.today) THEN 'undone'
        WHEN e.reason = 'retention'
             AND last_school_year(e.municipality_id, e.person_id) + 1 + k.kept_years > k.school_year THEN 'in_use'
        WHEN EXISTS (SELECT FROM safety_case s JOIN mentee t ON t.municipality_id = s.municipality_id AND t.id = s.mentee_id
                     WHERE s.municipality_id = e.municipality_id AND t.person_id = e.person_id AND s.ended_at IS NULL
                       AND s.closed_on IS NULL) THEN 'held'
        ELSE 'ready' END
    FROM erasure e
    JOIN person p ON p.municipality_id = e.municipality_id AND p.id = e.person_id
    JOIN (SELECT id, kept_years, (app_now() AT TIME ZONE timezone)::date AS today,
              extract(year FROM (app_now() AT TIME ZONE timezone) - interval '8 months')::integer AS school_year
          FROM municipality) AS k ON k.id = e.municipality_id
    WHERE e.municipality_id = (SELECT app_municipality_id()) AND e.id = sought
$$;
-- For the verdict: whose a case is, never its words.
GRANT SELECT (mentee_id) ON safety_case TO nastavnik_engine;
